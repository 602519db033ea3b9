"""Between a Kafka record and a fact. Personal parts stay sealed.

CodecError
├── NotDecodableError   can never be read as it is: keep the bytes and look (`cause` is a stable slug)
├── UnknownTypeError    a type never heard of: skip and count; it still takes its place in its row
└── NotEncodableError   envelope and fact do not belong together: a bug of the writer
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from phieu_schemas.catalogue import type_name
from phieu_schemas.envelope import Envelope, EnvelopeError, Header, RawHeaders
from phieu_schemas.fact import Fact
from phieu_schemas.topics import TOPICS, Topic
from phieu_schemas.upcast import UPCASTS, Data, Upcasts, upcast

Cause = Literal[
    "null-value",  # a record without a value
    "bad-headers",  # the headers are not those of an event
    "key-not-subject",  # the record's key is not the event's subject
    "bad-subject",  # the subject is not the kind of id that the topic is keyed by
    "wrong-source",  # another service publishes this type
    "wrong-topic",  # another topic carries this type, or this brand
    "unknown-version",  # the type is known, in other versions
    "not-json",  # the value is not JSON
    "bad-data",  # the value is not what the schema says
]


class CodecError(Exception):
    """Between a record and a fact something does not fit."""


class NotDecodableError(CodecError):
    """A record that can never be read as it is; `detail` says where, without quoting any value."""

    def __init__(self, cause: Cause, *, detail: str = "", envelope: Envelope | None = None) -> None:
        super().__init__(f"{cause}: {detail}" if detail else cause)
        self.cause = cause
        self.detail = detail
        self.envelope = envelope


class UnknownTypeError(CodecError):
    """An event of a type never heard of."""

    def __init__(self, envelope: Envelope) -> None:
        super().__init__(envelope.type)
        self.envelope = envelope


class NotEncodableError(CodecError):
    """Envelope and fact do not belong together."""


class Record(NamedTuple):
    """What is sent to, or came from, a topic."""

    key: bytes
    value: bytes
    headers: list[Header]


class Recorded(NamedTuple):
    """A fact as it stands in the log."""

    envelope: Envelope
    fact: Fact


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event of a type never heard of: it changes nothing, but takes its place in its row."""

    envelope: Envelope


class _Known(NamedTuple):
    event: type[Fact]
    topic: Topic
    source: str


_KNOWN = {
    event.wire_type: _Known(event, topic, f"/phieu/{topic.owner(event.wire_type)}")
    for topic in TOPICS
    for event in topic.events
}
_NAMES = {type_name(wire_type) for wire_type in _KNOWN}
_OBJECT: TypeAdapter[Data] = TypeAdapter(Data)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def encode(envelope: Envelope, fact: Fact) -> Record:
    """The record of a fact. Refuses what `decode` would."""
    known = _KNOWN.get(envelope.type)
    if known is None or known.event is not type(fact):
        raise NotEncodableError(f"{envelope.type} does not name a {type(fact).__name__}")
    if misfit := _misfit(envelope, known, None):
        raise NotEncodableError(misfit)
    return Record(envelope.subject.encode(), fact.model_dump_json().encode(), envelope.to_headers())


def decode(
    key: bytes | None,
    value: bytes | None,
    headers: RawHeaders,
    *,
    topic: str | None = None,
    upcasts: Upcasts = UPCASTS,
) -> Recorded:
    """The fact in a record; with `topic`, also that it stands where it belongs. Raises CodecError."""
    try:
        envelope = Envelope.from_headers(headers)
    except EnvelopeError as error:
        raise NotDecodableError("bad-headers", detail=str(error)) from None
    if key != envelope.subject.encode():
        raise NotDecodableError("key-not-subject", envelope=envelope)
    known = _known(envelope, upcasts)
    if misfit := _misfit(envelope, known, topic):
        raise NotDecodableError(misfit, envelope=envelope)
    if value is None:
        raise NotDecodableError("null-value", envelope=envelope)
    try:
        if known.event.wire_type != envelope.type:
            value = _upcast(envelope, value, upcasts)
        return Recorded(envelope, known.event.model_validate_json(value))
    except ValidationError as error:
        raise _bad_data(error, envelope) from None


def _known(envelope: Envelope, upcasts: Upcasts) -> _Known:
    known = _KNOWN.get(_newest(envelope.type, upcasts))
    if known:
        return known
    if type_name(envelope.type) in _NAMES.union(map(type_name, upcasts)):
        raise NotDecodableError("unknown-version", envelope=envelope)
    raise UnknownTypeError(envelope)


def _newest(wire_type: str, upcasts: Upcasts) -> str:
    while wire_type in upcasts:
        wire_type = upcasts[wire_type][0]
    return wire_type


def _misfit(envelope: Envelope, known: _Known, topic: str | None) -> Cause | None:
    if envelope.source != known.source:
        return "wrong-source"
    if topic is not None and topic != known.topic.name(envelope.brand):
        return "wrong-topic"
    by_ticket = known.topic.key == "ticket_id"
    if not (_UUID.fullmatch(envelope.subject) if by_ticket else envelope.subject == envelope.brand):
        return "bad-subject"
    return None


def _upcast(envelope: Envelope, value: bytes, upcasts: Upcasts) -> bytes:
    data = _OBJECT.validate_json(value)
    try:
        return _OBJECT.dump_json(upcast(envelope.type, data, upcasts)[1])
    except (LookupError, TypeError, ValueError):
        raise NotDecodableError("bad-data", detail="upcast", envelope=envelope) from None


def _bad_data(error: ValidationError, envelope: Envelope) -> NotDecodableError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return NotDecodableError("not-json", envelope=envelope)
    place = ".".join(map(str, first["loc"]))
    return NotDecodableError("bad-data", detail=f"{place} {first['type']}".strip(), envelope=envelope)
