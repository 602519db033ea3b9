"""What is written on the outside of every event: CloudEvents 1.0 in the headers of a Kafka record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from phieu_schemas.types import BRAND_ID, BRAND_ID_LENGTH, to_utc

Header = tuple[str, bytes]
RawHeaders = Iterable[tuple[str, bytes | None]]

SCHEMA = "urn:phieu:schema:"
COUNT_END = 2**63
_BRAND_ID = re.compile(BRAND_ID)


class EnvelopeError(Exception):
    """The headers are not those of an event. The text names the header, never its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who said what kind of thing about which subject, when, and as which in its row.

    `sequence` counts the events of one source about one subject: dedupe by (subject, source, sequence).
    `facts` is the sequence of the brand's facts that the writer had applied. `time` is when it was accepted,
    by the clock of the writer's database.
    """

    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    brand: str
    sequence: int
    facts: int
    causationid: UUID | None = None
    correlationid: UUID | None = None
    historical: bool = False
    traceparent: str | None = None

    def __post_init__(self) -> None:
        if not (self.source_name and self.type and self.subject):
            raise EnvelopeError("source, type and subject must not be empty")
        if len(self.brand) > BRAND_ID_LENGTH or not _BRAND_ID.fullmatch(self.brand):
            raise EnvelopeError("brand is not a brand id")
        if not (1 <= self.sequence < COUNT_END and 0 <= self.facts < COUNT_END):
            raise EnvelopeError("sequence counts from 1, facts from 0, both to 2^63")
        if self.time.tzinfo is not UTC:
            if self.time.tzinfo is None:
                raise EnvelopeError("time needs its offset")
            object.__setattr__(self, "time", to_utc(self.time))

    @property
    def source_name(self) -> str:
        """The publishing service: the last segment of the source."""
        return self.source.rpartition("/")[2]

    @property
    def dataschema(self) -> str:
        """The name of the JSON Schema of the data."""
        return SCHEMA + self.type

    def to_headers(self) -> list[Header]:
        """The headers of a record in binary mode."""
        texts = [
            ("ce_specversion", "1.0"),
            ("ce_id", str(self.id)),
            ("ce_source", self.source),
            ("ce_type", self.type),
            ("ce_subject", self.subject),
            ("ce_time", self.time.isoformat(timespec="microseconds").replace("+00:00", "Z")),
            ("ce_dataschema", self.dataschema),
            ("content-type", "application/json"),
            ("ce_brand", self.brand),
            ("ce_sequence", str(self.sequence)),
            ("ce_facts", str(self.facts)),
            *self._optional(),
        ]
        return [(name, text.encode()) for name, text in texts]

    def _optional(self) -> Iterable[tuple[str, str]]:
        if self.causationid:
            yield "ce_causationid", str(self.causationid)
        if self.correlationid:
            yield "ce_correlationid", str(self.correlationid)
        if self.historical:
            yield "ce_historical", "true"
        if self.traceparent:
            yield "traceparent", self.traceparent

    @classmethod
    def from_headers(cls, headers: RawHeaders) -> Envelope:
        """Read the headers of a record; what is foreign among them is passed over. Raises EnvelopeError."""
        pairs = tuple(headers)
        raw = dict(pairs)
        if len(raw) != len(pairs):
            _refuse_twins(pairs)
        try:
            if raw["ce_specversion"] != b"1.0":
                raise EnvelopeError("ce_specversion is not 1.0")
            return cls(
                id=_uuid(raw["ce_id"]),
                source=_text(raw["ce_source"]),
                type=_text(raw["ce_type"]),
                subject=_text(raw["ce_subject"]),
                time=datetime.fromisoformat(_text(raw["ce_time"])),
                brand=_text(raw["ce_brand"]),
                sequence=_count(raw["ce_sequence"]),
                facts=_count(raw["ce_facts"]),
                causationid=_optional_uuid(raw.get("ce_causationid")),
                correlationid=_optional_uuid(raw.get("ce_correlationid")),
                historical=_flag(raw.get("ce_historical")),
                traceparent=_trace(raw.get("traceparent")),
            )
        except KeyError as missing:
            raise EnvelopeError(f"{missing.args[0]} is missing") from None
        except (ValueError, OverflowError):
            raise EnvelopeError("a header cannot be read") from None


def _refuse_twins(pairs: Sequence[tuple[str, bytes | None]]) -> None:
    names = [name for name, _ in pairs if name.startswith("ce_")]
    if len(names) != len(set(names)):
        raise EnvelopeError("a header of the event stands twice")


def _text(raw: bytes | None) -> str:
    if raw is None:
        raise EnvelopeError("a header that is needed is null")
    return raw.decode()


def _uuid(raw: bytes | None) -> UUID:
    return UUID(_text(raw))


def _optional_uuid(raw: bytes | None) -> UUID | None:
    return None if raw is None else _uuid(raw)


def _count(raw: bytes | None) -> int:
    text = _text(raw)
    if not (text.isascii() and text.isdigit()):
        raise EnvelopeError("a number is not in digits")
    return int(text)


def _flag(raw: bytes | None) -> bool:
    if raw in (None, b"false"):
        return False
    if raw != b"true":
        raise EnvelopeError("ce_historical is neither true nor false")
    return True


def _trace(raw: bytes | None) -> str | None:
    """Tracing never makes an event unreadable."""
    return raw.decode() if raw and raw.isascii() else None
