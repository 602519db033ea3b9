"""Between a record and a fact: what fits, and the stable word for what does not."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phieu_schemas import (
    EVENTS,
    Cause,
    CodecError,
    NotDecodableError,
    NotEncodableError,
    Record,
    Recorded,
    UnknownTypeError,
    decode,
    encode,
)
from phieu_schemas.testing import (
    SCAN,
    again,
    api_key_issued,
    api_key_revoked,
    erased,
    policy_activated,
    received,
    supplemented,
)

STORY = [
    received(attachments=(SCAN,)),
    supplemented(),
    erased(sequence=3),
    policy_activated(),
    api_key_issued(),
    api_key_revoked(),
]
RECEIVED = encode(received().envelope, received().fact)
TOPIC = "ticket-events.congsoxanh"


def written(event: Recorded, **headers: str) -> Record:
    """The record of an event, with some of its headers replaced."""
    record = encode(event.envelope, event.fact)
    changed = {**dict(record.headers), **{f"ce_{name}": text.encode() for name, text in headers.items()}}
    return record._replace(headers=list(changed.items()))


def cause_of(record: Record | tuple[bytes | None, bytes | None, object], topic: str | None = None) -> NotDecodableError:
    with pytest.raises(NotDecodableError) as refused:
        decode(*record, topic=topic)
    return refused.value


@pytest.mark.parametrize("event", STORY, ids=lambda event: event.envelope.type)
def test_what_is_written_is_read_back(event: Recorded) -> None:
    assert decode(*encode(event.envelope, event.fact)) == event


def test_every_event_type_is_in_the_story() -> None:
    assert {type(event.fact) for event in STORY} == set(EVENTS)


def test_a_record_is_keyed_by_its_subject() -> None:
    assert RECEIVED.key == received().envelope.subject.encode()


def test_a_record_in_its_place_is_read() -> None:
    assert decode(*RECEIVED, topic=TOPIC) == received()


def test_members_that_came_later_are_passed_over() -> None:
    later = RECEIVED._replace(value=RECEIVED.value.replace(b"{", b'{"mood":"calm",', 1))
    assert decode(*later) == received()


def test_words_that_came_later_are_kept() -> None:
    later = RECEIVED._replace(value=RECEIVED.value.replace(b'"web_form"', b'"fax"'))
    assert decode(*later) == received(channel_kind="fax")


@pytest.mark.parametrize(
    ("record", "cause"),
    [
        (RECEIVED._replace(headers=[]), "bad-headers"),
        ((None, RECEIVED.value, RECEIVED.headers), "key-not-subject"),
        (RECEIVED._replace(key=b"another"), "key-not-subject"),
        ((RECEIVED.key, None, RECEIVED.headers), "null-value"),
        (RECEIVED._replace(value=b""), "not-json"),
        (RECEIVED._replace(value=b"\xff"), "not-json"),
        (RECEIVED._replace(value=b'{"number": "48210'), "not-json"),
        (RECEIVED._replace(value=b'{"number": "\\ud800"}'), "not-json"),
        (RECEIVED._replace(value=b"[" * 100_000), "not-json"),
        (RECEIVED._replace(value=b"[]"), "bad-data"),
        (RECEIVED._replace(value=b"null"), "bad-data"),
        (RECEIVED._replace(value=b"{}"), "bad-data"),
        (RECEIVED._replace(value=RECEIVED.value.replace(b'"4821093753"', b"4821093753")), "bad-data"),
        (written(received(), type="phieu.ticket.received.v2"), "unknown-version"),
        (written(received(), type="phieu.ticket.received.v10"), "unknown-version"),
        (written(received(), source="/phieu/registry"), "wrong-source"),
        (written(received(), source="/elsewhere/intake"), "wrong-source"),
        (written(received(), source="intake"), "wrong-source"),
        (written(received(), subject="7")._replace(key=b"7"), "bad-subject"),
        (written(received(), subject="congsoxanh")._replace(key=b"congsoxanh"), "bad-subject"),
        (written(api_key_revoked(), brand="azdigi"), "bad-subject"),
    ],
)
def test_a_record_that_can_never_be_read_says_why(record: Record, cause: Cause) -> None:
    assert cause_of(record).cause == cause


@pytest.mark.parametrize("topic", ["ticket-events.azdigi", "brand-facts.congsoxanh", "ticket-events", ""])
def test_a_record_on_another_topic_than_its_own_is_not_believed(topic: str) -> None:
    assert cause_of(RECEIVED, topic).cause == "wrong-topic"


@pytest.mark.parametrize("other", [str.upper, "{}0".format, "{}\n".format, "{{{}}}".format])
def test_a_ticket_has_one_name_only(other: Callable[[str], str]) -> None:
    subject = other(received().envelope.subject)
    assert cause_of(written(received(), subject=subject)._replace(key=subject.encode())).cause == "bad-subject"


def test_the_headers_of_an_unreadable_record_are_told_where_they_could_be_read() -> None:
    assert cause_of(RECEIVED._replace(value=b"?")).envelope == received().envelope
    assert cause_of(RECEIVED._replace(headers=[])).envelope is None


def test_the_place_of_what_is_wrong_is_told_but_never_its_value() -> None:
    secret = b'"Tr\\u1ea7n V\\u0103n A"'
    error = cause_of(RECEIVED._replace(value=RECEIVED.value.replace(b'"web_form"', secret)))
    assert error.detail == "channel_kind string_pattern_mismatch"
    assert str(error) == "bad-data: channel_kind string_pattern_mismatch"
    assert (error.__cause__, error.__suppress_context__) == (None, True)


def test_a_wrong_header_is_told_by_name() -> None:
    assert str(cause_of(RECEIVED._replace(headers=[]))) == "bad-headers: ce_specversion is missing"
    assert str(cause_of((None, None, RECEIVED.headers))) == "key-not-subject"


@pytest.mark.parametrize("type_", ["phieu.ticket.petted.v1", "phieu.ticket.received", "received", "phieu", "v1", "."])
def test_a_type_never_heard_of_is_told_with_its_place_in_its_row(type_: str) -> None:
    with pytest.raises(UnknownTypeError, match=type_) as unknown:
        decode(*written(supplemented(), type=type_))
    assert (unknown.value.envelope.source_name, unknown.value.envelope.sequence) == ("intake", 2)


def test_a_type_never_heard_of_is_not_believed_on_the_topic_of_another_brand() -> None:
    stranger = written(received(), type="phieu.ticket.petted.v1")
    assert cause_of(stranger, "ticket-events.azdigi").cause == "wrong-topic"
    with pytest.raises(UnknownTypeError):
        decode(*stranger, topic="ticket-events.congsoxanh")


def test_every_refusal_is_a_codec_error() -> None:
    assert {CodecError} == {
        *NotDecodableError.__bases__,
        *UnknownTypeError.__bases__,
        *NotEncodableError.__bases__,
    }


@pytest.mark.parametrize(
    "event",
    [
        again(received(), type="phieu.ticket.erased.v1"),
        again(received(), type="phieu.ticket.received.v2"),
        again(received(), source="/phieu/query"),
        again(received(), subject="congsoxanh"),
        again(policy_activated(), brand="azdigi"),
    ],
)
def test_what_could_not_be_read_is_not_written(event: Recorded) -> None:
    with pytest.raises(NotEncodableError):
        encode(event.envelope, event.fact)


@given(st.none() | st.binary(), st.none() | st.binary(), st.lists(st.tuples(st.text(), st.none() | st.binary())))
def test_no_bytes_whatever_raise_anything_else(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    with pytest.raises(CodecError):
        decode(key, value, headers)


@given(st.binary())
def test_no_value_whatever_raises_anything_else(value: bytes) -> None:
    with pytest.raises(NotDecodableError):
        decode(RECEIVED.key, value, RECEIVED.headers)


def test_ids_are_read_as_ids() -> None:
    fact = decode(*RECEIVED).fact
    assert fact.requester_id == UUID("e5d0a0e8-0b64-4b8e-9f0c-7a3f5b0d2c31")  # type: ignore[attr-defined]  # a Received
