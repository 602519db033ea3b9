"""Rows of a service's events table: how facts become rows, and rows become records on the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_json

from phieu_schemas.codec import read_fact
from phieu_schemas.envelope import Envelope
from phieu_schemas.fact import Fact
from phieu_schemas.topics import Topic, topic_of
from phieu_schemas.upcast import newest
from services.runtime.ask import Ask
from services.runtime.errors import Refused

MAX_EVENT_BYTES = 1_000_000
"""With its headers still below what a broker takes by default: what is accepted must be publishable."""
COLUMNS = {
    "ids": "event_id", "brands": "brand", "subjects": "subject", "sequences": "sequence", "types": "type",
    "times": "accepted_at", "facts": "facts", "causes": "causation_id", "correlations": "correlation_id",
    "traces": "traceparent", "data": "data",
}  # fmt: skip


class Row(NamedTuple):
    """One event as its writer keeps it; `id` is the place in the service's own log."""

    id: int
    event_id: UUID
    brand: str
    subject: str
    sequence: int
    type: str
    accepted_at: datetime
    facts: int
    causation_id: UUID | None
    correlation_id: UUID | None
    traceparent: str | None
    data: bytes

    def fact(self) -> Fact:
        """The event itself, made new if it is old; personal data sealed."""
        fact = read_fact(self.type, self.data)
        assert fact is not None, self.type
        return fact

    def envelope(self, service: str) -> Envelope:
        """What the record's headers say."""
        return Envelope(
            id=self.event_id,
            source=f"/phieu/{service}",
            type=self.type,
            subject=self.subject,
            time=self.accepted_at,
            brand=self.brand,
            sequence=self.sequence,
            facts=self.facts,
            causationid=self.causation_id,
            correlationid=self.correlation_id,
            traceparent=self.traceparent,
        )


def row_of(ask: Ask[Any], fact: Fact, index: int, sequence: int, at: datetime) -> Row:
    """The row of a command's n-th fact; its id is the database's to give. Refused where no broker would take it."""
    data = to_json(fact)
    if len(data) > MAX_EVENT_BYTES:
        raise Refused("body-too-large")
    return Row(
        id=0,
        event_id=ask.event_id(index),
        brand=ask.brand,
        subject=ask.subject,
        sequence=sequence,
        type=fact.wire_type,
        accepted_at=at,
        facts=ask.facts,
        causation_id=ask.cause(),
        correlation_id=ask.correlation_id,
        traceparent=ask.traceparent,
        data=data,
    )


def read_row(found: Sequence[Any]) -> Row:
    """A row as the named queries select it."""
    row = Row(*found)
    return row if isinstance(row.data, bytes) else row._replace(data=bytes(row.data))


@cache
def _topic(wire_type: str) -> Topic:
    return topic_of(newest(wire_type))


def append_arguments(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """The columns of a batch of rows, and the topic each of them is bound for."""
    arguments: dict[str, list[Any]] = {name: list(map(attrgetter(column), rows)) for name, column in COLUMNS.items()}
    arguments["topics"] = [_topic(row.type).name(row.brand) for row in rows]
    return arguments
