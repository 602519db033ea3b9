"""Old versions made new while reading: the worked example, a chain of two steps.

Say `received` had been called `opened` once, its number `code`; then the number got its name (`.v2`), then
the event got its own, and the language was asked for.
"""

from __future__ import annotations

import json

import pytest

from phieu_schemas import (
    UPCASTS,
    NotDecodableError,
    Record,
    Step,
    UnknownTypeError,
    Upcasts,
    decode,
    encode,
    read_fact,
    upcast_personal,
)
from phieu_schemas.testing import received
from phieu_schemas.upcast import Data


def number_has_its_name(data: Data) -> Data:
    return {**{name: value for name, value in data.items() if name != "code"}, "number": data["code"]}


def language_is_said(data: Data) -> Data:
    return {**data, "language": "vi"}


def text_is_content(personal: Data) -> Data:
    return {**{name: value for name, value in personal.items() if name != "text"}, "content": personal["text"]}


STEPS: Upcasts = {
    "phieu.ticket.opened.v1": Step("phieu.ticket.opened.v2", number_has_its_name),
    "phieu.ticket.opened.v2": Step("phieu.ticket.received.v1", language_is_said, text_is_content),
}


def old(wire_type: str, *, number: str) -> Record:
    record = encode(received().envelope, received().fact)
    data = json.loads(record.value)
    del data["language"]
    data[number] = data.pop("number")
    headers = {**dict(record.headers), "ce_type": wire_type.encode()}
    return record._replace(value=json.dumps(data).encode(), headers=list(headers.items()))


@pytest.mark.parametrize(
    "record",
    [old("phieu.ticket.opened.v1", number="code"), old("phieu.ticket.opened.v2", number="number")],
)
def test_an_old_event_is_read_as_the_fact_of_today(record: Record) -> None:
    assert decode(*record, upcasts=STEPS).fact == received().fact


def test_the_envelope_stays_as_it_was_written() -> None:
    record = old("phieu.ticket.opened.v1", number="code")
    assert decode(*record, upcasts=STEPS).envelope.type == "phieu.ticket.opened.v1"


def test_an_old_event_that_does_not_become_a_fact_of_today_is_bad_data() -> None:
    with pytest.raises(NotDecodableError, match="bad-data: number missing"):
        decode(*old("phieu.ticket.opened.v2", number="code"), upcasts=STEPS)


@pytest.mark.parametrize(
    ("value", "cause"),
    [(b"{", "not-json"), (b"[" * 100_000, "not-json"), (b"[]", "bad-data"), (b"{}", "bad-data: upcast")],
)
def test_a_step_that_cannot_be_made_is_told_like_any_other_unreadable_event(value: bytes, cause: str) -> None:
    record = old("phieu.ticket.opened.v1", number="code")._replace(value=value)
    with pytest.raises(NotDecodableError, match=cause):
        decode(*record, upcasts=STEPS)


def test_another_version_of_an_old_name_is_unknown_as_a_version() -> None:
    with pytest.raises(NotDecodableError, match="unknown-version"):
        decode(*old("phieu.ticket.opened.v3", number="number"), upcasts=STEPS)


def test_without_its_steps_an_old_name_was_never_heard_of() -> None:
    with pytest.raises(UnknownTypeError):
        decode(*old("phieu.ticket.opened.v1", number="code"), upcasts=UPCASTS)


def test_a_personal_part_takes_the_same_steps_once_it_is_open() -> None:
    assert upcast_personal("phieu.ticket.opened.v1", {"text": "hỏi"}, STEPS) == {"content": "hỏi"}
    assert upcast_personal("phieu.ticket.received.v1", {"content": "hỏi"}, STEPS) == {"content": "hỏi"}


def test_a_stored_value_is_read_by_its_type_alone() -> None:
    record = old("phieu.ticket.opened.v1", number="code")
    assert read_fact("phieu.ticket.opened.v1", record.value, STEPS) == received().fact
    assert read_fact("phieu.ticket.petted.v1", record.value, STEPS) is None
