"""The catalogue and the topics agree with each other."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from phieu_schemas import (
    BRAND_FACTS,
    EVENTS,
    TICKET_EVENTS,
    TOPICS,
    Topic,
    brand_of,
    fact_type,
    topic_of,
    type_name,
)


def test_every_event_is_on_exactly_one_topic_and_has_one_writer() -> None:
    said = Counter(event for topic in TOPICS for events in topic.writers.values() for event in events)
    assert said == Counter(EVENTS)


def test_wire_types_are_unique_dotted_and_end_in_a_version() -> None:
    names = [event.wire_type for event in EVENTS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"phieu\.[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*", name) for name in names)


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_found_by_its_wire_type(event: type) -> None:
    assert fact_type(event.wire_type) is event  # type: ignore[attr-defined]  # parametrize passes types
    assert event in topic_of(event.wire_type).events


def test_an_unknown_wire_type_has_neither_class_nor_topic() -> None:
    assert fact_type("phieu.ticket.petted.v1") is None
    with pytest.raises(KeyError, match="petted"):
        topic_of("phieu.ticket.petted.v1")


def test_the_owner_of_an_event_is_the_service_that_publishes_it() -> None:
    assert TICKET_EVENTS.owner("phieu.ticket.erased.v1") == "intake"
    assert BRAND_FACTS.owner("phieu.brand.api-key-revoked.v1") == "registry"


def test_a_type_without_its_version_is_its_name() -> None:
    assert type_name("phieu.ticket.received.v12") == "phieu.ticket.received"


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.prefix)
@pytest.mark.parametrize("brand", ["azdigi", "cong-so-xanh", "7"])
def test_a_topic_is_named_after_its_brand_and_says_it(topic: Topic, brand: str) -> None:
    assert re.search(topic.pattern, topic.name(brand))
    assert brand_of(topic.name(brand)) == brand


@pytest.mark.parametrize(
    "name",
    [
        "ticket-events",
        "ticket-events.",
        "ticket-events.A",
        "xticket-events.a",
        "ticket-events.a.b",
        "progress",
    ],
)
def test_what_is_no_topic_of_a_brand_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a topic"):
        brand_of(name)
    assert not any(re.search(topic.pattern, name) for topic in TOPICS)


def test_the_log_is_kept_for_ever() -> None:
    assert {(topic.retention_ms, topic.cleanup_policy) for topic in TOPICS} == {(-1, "delete")}


def test_facts_of_a_brand_are_in_one_row() -> None:
    assert (BRAND_FACTS.partitions, TICKET_EVENTS.partitions) == (1, None)
    assert (BRAND_FACTS.key, TICKET_EVENTS.key) == ("brand_id", "ticket_id")
