"""What each fact says of itself."""

from __future__ import annotations

import hashlib

import pytest
from pydantic import ValidationError

from phieu_schemas import (
    EVENTS,
    Fact,
    MessageText,
    PersonalFact,
    PolicyActivated,
    Received,
    RequestText,
    Supplemented,
    content_hash,
)
from phieu_schemas.testing import (
    api_key_issued,
    api_key_revoked,
    erased,
    policy_activated,
    received,
    supplemented,
)

SENTENCES = [
    (received(), "Ticket 4821093753 was received by web_form."),
    (supplemented(), "The customer added message 2 by web_form."),
    (supplemented(intent="done"), "The customer said with message 2 that nothing more is needed."),
    (erased(), "The ticket's personal data was erased (requested)."),
    (policy_activated(), "Policy version congsoxanh-1 was activated."),
    (api_key_issued(), "API key k4mzt2wqh7ab was issued for tickets:write, tickets:read."),
    (api_key_revoked(), "API key k4mzt2wqh7ab was revoked."),
]


@pytest.mark.parametrize(("event", "sentence"), SENTENCES, ids=lambda each: str(each)[:20])
def test_a_fact_sums_itself_up_in_a_sentence(event: object, sentence: str) -> None:
    assert event.fact.summary() == sentence  # type: ignore[attr-defined]  # parametrize passes objects


def test_every_event_type_has_its_sentence_here() -> None:
    assert {type(event.fact) for event, _ in SENTENCES} == set(EVENTS)


def test_a_fact_says_what_lies_sealed_in_it() -> None:
    sealed = {event: event.personal_type for event in EVENTS if issubclass(event, PersonalFact)}
    assert sealed == {Received: RequestText, Supplemented: MessageText}


def test_a_fact_stays_as_it_is() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        received().fact.number = "1111111111"  # type: ignore[attr-defined]  # what the test is about


def test_a_fact_without_a_sentence_is_none() -> None:
    class Silent(Fact):
        wire_type = "phieu.ticket.silent.v1"

    with pytest.raises(TypeError, match="abstract"):
        Silent()  # type: ignore[abstract]  # what the test is about


def test_the_hash_of_a_policy_does_not_hang_on_the_order_of_its_keys() -> None:
    assert content_hash({"a": 1, "b": {"c": "ô", "d": 2}}) == content_hash({"b": {"d": 2, "c": "ô"}, "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": 2})


def test_the_hash_of_a_policy_is_that_of_its_canonical_json() -> None:
    canonical = hashlib.sha256('{"a":[1,null],"b":"ô"}'.encode()).hexdigest()
    assert content_hash({"b": "ô", "a": [1, None]}) == canonical


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_policy_with_a_number_that_json_does_not_have_is_refused(number: str) -> None:
    text = policy_activated().fact.model_dump_json().replace('"content":{', f'"content":{{"odd":{number},', 1)
    with pytest.raises(ValidationError):
        PolicyActivated.model_validate_json(text)
