"""Reading a record: what can be told of it, and what of a foreign hand is not believed."""

from __future__ import annotations

import pytest

from phieu_schemas.testing import TICKET
from services.runtime.delivery import Item, read
from tests.unit.runtime.items import item, unknown


def with_header(name: str, value: bytes, found: Item) -> Item:
    return read(found.raw._replace(headers=[*(pair for pair in found.raw.headers if pair[0] != name), (name, value)]))


def test_an_event_is_read_and_its_personal_part_stays_sealed() -> None:
    found = item(1)
    assert found.delivered is not None
    assert (found.stream, found.cause, found.delivered.personal) == ((TICKET, "intake"), None, None)


def test_of_a_record_without_headers_its_key_tells_whose_it_is() -> None:
    found = read(item(1).raw._replace(headers=[]))
    assert (found.cause, found.envelope, found.subject) == ("bad-headers", None, TICKET)


@pytest.mark.parametrize("key", [None, b"", b"\xff\xfe", b"with a blank", b"x" * 65, b"nul\x00"])
def test_a_key_that_is_no_id_tells_nothing(key: bytes | None) -> None:
    assert read(item(1).raw._replace(key=key, headers=[])).subject is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce_source", b"/phieu/in\x00take"),
        ("ce_source", b"/phieu/" + b"x" * 3_000),
        ("ce_subject", b"nul\x00"),
        ("ce_subject", b"x" * 3_000),
    ],
)
@pytest.mark.parametrize("known", [True, False], ids=["known type", "unknown type"])
def test_a_stream_that_no_table_could_keep_is_not_believed(header: str, value: bytes, *, known: bool) -> None:
    """A NUL, or an id of thousands of letters, would fail every batch that holds it: the partition would stand."""
    found = item(1) if known else unknown(1)
    key = value if header == "ce_subject" else found.raw.key
    foreign = with_header(header, value, read(found.raw._replace(key=key)))
    assert foreign.envelope is None
    assert foreign.cause is not None
    assert "\x00" not in (foreign.subject or "")
