"""A record on its way into a service: as it came, as it was read, and what is to be done with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from phieu_schemas.codec import NotDecodableError, Recorded, UnknownTypeError, decode
from phieu_schemas.envelope import Envelope
from phieu_schemas.fact import Fact
from phieu_schemas.types import Personal
from services.runtime.postgres import Connection

SUBJECT = re.compile(r"[0-9a-z-]{1,64}")
KEY_UNKNOWN = "key-unknown"
NOT_OPENED = "personal-not-opened"
SOURCE = re.compile(r"[a-z-]{1,40}")


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class Raw(NamedTuple):
    """A record's bytes, as they came."""

    place: Place
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """An event as a service is given it; `personal` is None where there is none, or where it was erased."""

    raw: Raw
    envelope: Envelope
    fact: Fact
    personal: Personal | None = None


@dataclass(slots=True)
class Item:
    """A record while it is sorted out: `delivered` if it could be read, `cause` if it must be parked.

    Neither: an event of a type never heard of, which only takes its place in its row.
    """

    raw: Raw
    envelope: Envelope | None = None
    delivered: Delivered | None = None
    cause: str | None = None
    was_gap: bool = False

    @property
    def subject(self) -> str | None:
        """Whose record it is, as far as can be told."""
        if self.envelope:
            return self.envelope.subject
        key = (self.raw.key or b"").decode(errors="replace")
        return key if SUBJECT.fullmatch(key) else None

    @property
    def stream(self) -> tuple[str, str]:
        """Subject and source: what its sequence counts in."""
        assert self.envelope is not None
        return self.envelope.subject, self.envelope.source_name


class Projection(Protocol):
    """What a service makes of events: idempotent by (subject, source, sequence), which the reader sees to."""

    async def apply(self, connection: Connection, events: Sequence[Delivered]) -> None:
        """Fold the events, in this order, inside the reader's transaction."""


def read(raw: Raw) -> Item:
    """The record decoded, its personal part still sealed, or the cause why it cannot be."""
    try:
        recorded: Recorded = decode(raw.key, raw.value, raw.headers, topic=raw.place.topic)
    except NotDecodableError as error:
        return Item(raw, error.envelope if _has_a_stream(error.envelope) else None, cause=error.cause)
    except UnknownTypeError as unknown:
        return Item(raw, unknown.envelope) if _has_a_stream(unknown.envelope) else Item(raw, cause="bad-headers")
    return Item(raw, recorded.envelope, Delivered(raw=raw, envelope=recorded.envelope, fact=recorded.fact))


def _has_a_stream(envelope: Envelope | None) -> bool:
    """Whether subject and source can be told and kept: what is read from a foreign hand may be anything."""
    return bool(envelope and SUBJECT.fullmatch(envelope.subject) and SOURCE.fullmatch(envelope.source_name))


def raw_of(record: Any) -> Raw:
    """A record of the client library as plain data."""
    return Raw(Place(record.topic, record.partition), record.offset, record.key, record.value, record.headers)
