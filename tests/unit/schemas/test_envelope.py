"""The outside of an event: what is written into the headers of a record, and read back."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phieu_schemas import Envelope, EnvelopeError
from phieu_schemas.testing import TICKET, received

ID = UUID("b4045659-e7f0-50f8-b7d7-8b0b62ea1d91")
ENVELOPE = received().envelope
FULL = replace(ENVELOPE, causationid=ID, correlationid=ID, historical=True, traceparent="00-4bf9-00f0-01")
NEEDED = ["specversion", "id", "source", "type", "subject", "time", "brand", "sequence", "facts"]

Headers = dict[str, bytes | None]


def headers(**changes: bytes | None) -> Headers:
    return {**dict(ENVELOPE.to_headers()), **{f"ce_{name}": value for name, value in changes.items()}}


def read(changed: Headers) -> Envelope:
    return Envelope.from_headers(changed.items())


instants = st.datetimes(timezones=st.just(UTC))
counts = st.integers(0, 2**63 - 1)


envelopes = st.builds(
    Envelope,
    id=st.uuids(),
    source=st.just("/phieu/intake"),
    type=st.just("phieu.ticket.received.v1"),
    subject=st.text(min_size=1),
    time=instants,
    brand=st.just("azdigi"),
    sequence=counts.filter(bool),
    facts=counts,
    causationid=st.none() | st.uuids(),
    correlationid=st.none() | st.uuids(),
    historical=st.booleans(),
    traceparent=st.none() | st.text("0123456789abcdef-", min_size=1),
)


@given(envelopes)
def test_what_is_written_is_read_back(envelope: Envelope) -> None:
    assert Envelope.from_headers(envelope.to_headers()) == envelope


def test_the_headers_are_those_of_cloudevents_in_binary_mode() -> None:
    assert FULL.to_headers() == [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(FULL.id).encode()),
        ("ce_source", b"/phieu/intake"),
        ("ce_type", b"phieu.ticket.received.v1"),
        ("ce_subject", TICKET.encode()),
        ("ce_time", b"2026-11-23T05:00:00.000000Z"),
        ("ce_dataschema", b"urn:phieu:schema:phieu.ticket.received.v1"),
        ("content-type", b"application/json"),
        ("ce_brand", b"congsoxanh"),
        ("ce_sequence", b"1"),
        ("ce_facts", b"1"),
        ("ce_causationid", str(ID).encode()),
        ("ce_correlationid", str(ID).encode()),
        ("ce_historical", b"true"),
        ("traceparent", b"00-4bf9-00f0-01"),
    ]


def test_the_short_name_of_a_source_is_its_last_segment() -> None:
    assert ENVELOPE.source_name == "intake"


def test_an_instant_with_another_offset_is_read_as_the_same_instant() -> None:
    envelope = read(headers(time=b"2026-11-23T12:00:00+07:00"))
    assert envelope == ENVELOPE
    assert envelope.time.tzinfo is UTC


def test_a_writer_may_give_its_time_in_any_offset() -> None:
    there = ENVELOPE.time.astimezone(timezone(timedelta(hours=7)))
    assert replace(ENVELOPE, time=there).time.tzinfo is UTC


def test_foreign_headers_are_passed_over_whatever_they_hold() -> None:
    foreign: list[tuple[str, bytes | None]] = [
        ("correlation_id", b"\xff\xfe"),
        ("reply_to", None),
        ("reply_to", b""),
        ("ce_later", b"\xff"),
    ]
    assert Envelope.from_headers([*ENVELOPE.to_headers(), *foreign]) == ENVELOPE


@pytest.mark.parametrize("name", ["causationid", "correlationid", "historical"])
def test_an_optional_header_may_be_null(name: str) -> None:
    assert read(headers(**{name: None})) == ENVELOPE


def test_historical_may_be_said_to_be_false() -> None:
    assert read(headers(historical=b"false")) == ENVELOPE


@pytest.mark.parametrize("trace", [None, b"", b"\xff\xfe", "đường".encode()])
def test_tracing_never_makes_an_event_unreadable(trace: bytes | None) -> None:
    assert read({**headers(), "traceparent": trace}) == ENVELOPE


@pytest.mark.parametrize("name", NEEDED)
def test_a_needed_header_that_is_missing_is_named(name: str) -> None:
    changed = headers()
    del changed[f"ce_{name}"]
    with pytest.raises(EnvelopeError, match=f"ce_{name} is missing"):
        read(changed)


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe"])
def test_a_needed_header_must_say_something(name: str, value: bytes | None) -> None:
    with pytest.raises(EnvelopeError):
        read(headers(**{name: value}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", b"0.3"),
        ("id", b"not-an-id"),
        ("source", b"/phieu/"),
        ("time", b"yesterday"),
        ("time", b"2026-11-23T05:00:00"),
        ("time", b"0001-01-01T00:00:00+14:00"),
        ("brand", b"Azdigi"),
        ("brand", b"a" * 41),
        ("brand", b"azdigi\n"),
        ("sequence", b"0"),
        ("sequence", b"-1"),
        ("sequence", b"1_0"),
        ("sequence", b" 1"),
        ("sequence", "١".encode()),
        ("sequence", b"9223372036854775808"),
        ("sequence", b"9" * 5000),
        ("facts", b"-1"),
        ("facts", b"9223372036854775808"),
        ("causationid", b"7"),
        ("correlationid", b"\xff"),
        ("historical", b"yes"),
    ],
)
def test_a_header_that_says_nonsense_is_refused_without_being_quoted(name: str, value: bytes) -> None:
    with pytest.raises(EnvelopeError) as refused:
        read(headers(**{name: value}))
    assert value.decode(errors="replace").strip() not in str(refused.value).split()


def test_a_header_of_the_event_that_stands_twice_is_refused() -> None:
    with pytest.raises(EnvelopeError, match="twice"):
        Envelope.from_headers([*ENVELOPE.to_headers(), ("ce_sequence", b"2")])


@pytest.mark.parametrize(
    "change",
    [
        {"source": ""},
        {"type": ""},
        {"subject": ""},
        {"brand": ""},
        {"sequence": 0},
        {"facts": -1},
        {"time": datetime(2026, 11, 23)},  # noqa: DTZ001  # what the test is about
    ],
)
def test_a_writer_cannot_make_an_envelope_that_no_one_could_read(change: dict[str, object]) -> None:
    with pytest.raises(EnvelopeError):
        replace(ENVELOPE, **change)  # type: ignore[arg-type]  # one member each


def test_an_envelope_stays_as_it_is() -> None:
    with pytest.raises(FrozenInstanceError):
        ENVELOPE.sequence = 2  # type: ignore[misc]  # what the test is about


@given(st.lists(st.tuples(st.sampled_from([*headers(), "x"]), st.none() | st.binary()), max_size=20))
def test_no_headers_whatever_raise_anything_else(odd: list[tuple[str, bytes | None]]) -> None:
    try:
        Envelope.from_headers({**headers(), **dict(odd)}.items())
    except EnvelopeError:
        return
