"""Query hears every topic that names it as a reader, and no other."""

from __future__ import annotations

import re

from phieu_schemas.topics import TOPICS
from services.query.app import NAME, SOURCES
from services.query.handlers import PATTERN


def test_every_topic_that_query_reads_is_subscribed() -> None:
    assert {topic.prefix for topic in TOPICS if re.match(PATTERN, topic.name("cong-so-xanh"))} == {
        topic.prefix for topic in TOPICS if NAME in topic.readers
    }


def test_a_topic_that_only_looks_alike_is_not() -> None:
    assert not [name for name in ("ticket-events", "ticket-events.A", "x-ticket-events.a") if re.match(PATTERN, name)]


def test_an_answer_waits_for_every_source_that_query_reads() -> None:
    assert {"intake", "registry"} == SOURCES
