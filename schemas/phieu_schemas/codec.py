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

from phieu_schemas.catalogue import fact_type, type_name
from phieu_schemas.envelope import Envelope, EnvelopeError, Header, RawHeaders
from phieu_schemas.fact import Fact
from phieu_schemas.topics import TOPICS, Topic
from phieu_schemas.upcast import UPCASTS, Data, Upcasts, newest, upcast

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
    known = _known(envelope, topic, upcasts)
    if misfit := _misfit(envelope, known, topic):
        raise NotDecodableError(misfit, envelope=envelope)
    if value is None:
        raise NotDecodableError("null-value", envelope=envelope)
    try:
        fact = read_fact(envelope.type, value, upcasts)
    except ValidationError as error:
        raise _bad_data(error, envelope) from None
    except (LookupError, TypeError, ValueError):
        raise NotDecodableError("bad-data", detail="upcast", envelope=envelope) from None
    assert fact is not None
    return Recorded(envelope, fact)


def read_fact(wire_type: str, value: bytes, upcasts: Upcasts = UPCASTS) -> Fact | None:
    """The fact that a value of this type is, made new if the type is old; None for a type never heard of.

    Raises ValidationError, or whatever a step raises.
    """
    event = fact_type(newest(wire_type, upcasts))
    if event is None:
        return None
    if event.wire_type != wire_type:
        value = _OBJECT.dump_json(upcast(wire_type, _OBJECT.validate_json(value), upcasts))
    return event.model_validate_json(value)


def _known(envelope: Envelope, topic: str | None, upcasts: Upcasts) -> _Known:
    known = _KNOWN.get(newest(envelope.type, upcasts))
    if known:
        return known
    if topic is not None and topic.partition(".")[2] != envelope.brand:
        raise NotDecodableError("wrong-topic", envelope=envelope)
    if type_name(envelope.type) in _NAMES.union(map(type_name, upcasts)):
        raise NotDecodableError("unknown-version", envelope=envelope)
    raise UnknownTypeError(envelope)


def _misfit(envelope: Envelope, known: _Known, topic: str | None) -> Cause | None:
    if envelope.source != known.source:
        return "wrong-source"
    if topic is not None and topic != known.topic.name(envelope.brand):
        return "wrong-topic"
    by_ticket = known.topic.key == "ticket_id"
    if not (_UUID.fullmatch(envelope.subject) if by_ticket else envelope.subject == envelope.brand):
        return "bad-subject"
    return None


def _bad_data(error: ValidationError, envelope: Envelope) -> NotDecodableError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return NotDecodableError("not-json", envelope=envelope)
    place = ".".join(map(str, first["loc"]))
    return NotDecodableError("bad-data", detail=f"{place} {first['type']}".strip(), envelope=envelope)
