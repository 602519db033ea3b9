"""Poison of each kind: it parks with its cause and its bytes, its ticket waits behind it, everything else goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import pytest_asyncio

from phieu_schemas.codec import encode
from phieu_schemas.testing import again
from services.runtime.delivery import Raw
from services.runtime.postgres import Pool
from services.runtime.reader import MAX_IN_A_ROW
from services.runtime.redrive import parked_page, redrive
from tests.integration.runtime.records import Partition, event, new_ticket, reader_of
from tests.integration.runtime.toy import Notes, notes_of, parked_of, rows_of


@pytest_asyncio.fixture
async def partition(pool: Pool, brand: str) -> Partition:
    return await Partition(pool, brand).begun()


Spoil = Callable[[Raw], Raw]


def header(name: str, value: bytes | None) -> Spoil:
    """With another header of this name."""
    return lambda raw: raw._replace(headers=[*(pair for pair in raw.headers if pair[0] != name), (name, value)])


def value(spoiled: bytes | None) -> Spoil:
    """With another value."""
    return lambda raw: raw._replace(value=spoiled)


POISON: dict[str, tuple[str, Spoil]] = {
    "not JSON": ("not-json", value(b"{")),
    "cut off": ("not-json", value(b'{"number": "' + b"4" * 900_000)),
    "not what the schema says": ("bad-data", value(b'{"number": 4}')),
    "no value": ("null-value", value(None)),
    "unknown version": ("unknown-version", header("ce_type", b"phieu.ticket.received.v9")),
    "another brand's": ("wrong-topic", header("ce_brand", b"another")),
    "another service's": ("wrong-source", header("ce_source", b"/phieu/query")),
    "another ticket's": ("key-not-subject", lambda raw: raw._replace(key=new_ticket().encode())),
    "no headers": ("bad-headers", lambda raw: raw._replace(headers=[])),
    "a null header": ("bad-headers", header("ce_id", None)),
    "a header that is not UTF-8": ("bad-headers", header("ce_subject", b"\xff\xfe")),
    "a number that is none": ("bad-headers", header("ce_sequence", b"minus one")),
}


def put_poison(partition: Partition, kind: str, ticket: str, sequence: int) -> Raw:
    """Write the ticket's event, spoiled."""
    record = encode(*event(ticket, sequence, partition.brand))
    raw = POISON[kind][1](Raw(partition.place, 0, record.key, record.value, record.headers))
    return partition.put_raw(raw.key, raw.value, raw.headers)


@pytest.mark.parametrize("kind", POISON)
async def test_poison_parks_and_only_its_ticket_waits(pool: Pool, partition: Partition, kind: str) -> None:
    ticket, other = new_ticket(), new_ticket()
    partition.story(ticket, 1)
    put_poison(partition, kind, ticket, 2)
    partition.story(other, 1)
    partition.story(ticket, 3)
    await partition.read_by(reader_of(pool, Notes()))
    assert (await notes_of(pool, ticket), await notes_of(pool, other)) == ([1], [1])
    causes = [row["cause"] for row in await parked_page(pool) if row["topic"] == partition.place.topic]
    assert causes == [POISON[kind][0], "behind"]
    assert await partition.checkpoint() == 4


@pytest.mark.parametrize("kind", POISON)
async def test_what_is_parked_keeps_its_bytes(pool: Pool, partition: Partition, kind: str) -> None:
    raw = put_poison(partition, kind, new_ticket(), 1)
    partition.raws[0] = raw._replace(headers=[*raw.headers, ("x-foreign\x00", b"\x00\xff"), ("x-null", None)])
    await partition.read_by(reader_of(pool, Notes()))
    assert await _stored(pool, partition) == partition.raws


async def _stored(pool: Pool, partition: Partition) -> list[Raw]:
    asked = 'SELECT "offset", key, value, header_names, header_values FROM parked WHERE topic = %s'
    rows = await rows_of(pool, asked, partition.place.topic)
    return [Raw(partition.place, row[0], row[1], row[2], _headers(*row[3:])) for row in rows]


def _headers(names: list[bytes], values: list[bytes | None]) -> list[tuple[str, bytes | None]]:
    return [(name.decode(), text) for name, text in zip(names, values, strict=True)]


async def test_a_record_without_a_name_holds_up_nobody(pool: Pool, partition: Partition) -> None:
    ticket = new_ticket()
    partition.put_raw(None, None, [])
    partition.put_raw(b"\xff", b"{}", [("reply_to", b"me")])
    partition.story(ticket, 1)
    await partition.read_by(reader_of(pool, Notes()))
    assert (await notes_of(pool, ticket), await partition.checkpoint()) == ([1], 3)


async def test_a_redrive_applies_what_can_be_read_now_in_order(pool: Pool, partition: Partition) -> None:
    notes, ticket, other = Notes(), new_ticket(), new_ticket()
    notes.faulty = frozenset({(ticket, 2)})
    reader = reader_of(pool, notes)
    partition.story(ticket, 1, 4, 2, 3)
    partition.put_unread(other, 1)
    await partition.read_by(reader)
    assert await parked_of(pool, ticket) == {2: "fold-failed", 3: "behind", 4: "gap"}
    notes.faulty = frozenset()
    assert await redrive(pool, reader, ticket) == 3
    assert (await notes_of(pool, ticket), await parked_of(pool, ticket)) == ([1, 2, 3, 4], {})
    assert await parked_of(pool, other) == {1: "not-json"}
    partition.story(ticket, 5)
    await partition.read_by(reader)
    assert await notes_of(pool, ticket) == [1, 2, 3, 4, 5]


async def test_what_still_cannot_be_read_stays_as_old_as_it_was(pool: Pool, partition: Partition) -> None:
    ticket, reader = new_ticket(), reader_of(pool, Notes())
    partition.put_unread(ticket, 1)
    partition.story(ticket, 2)
    await partition.read_by(reader)
    before = await parked_page(pool, ticket)
    assert await redrive(pool, reader, ticket) == 0
    assert await parked_page(pool, ticket) == before


async def test_a_redrive_is_not_stopped_by_how_many_there_are(pool: Pool, partition: Partition) -> None:
    reader = reader_of(pool, Notes())
    for many in (MAX_IN_A_ROW, MAX_IN_A_ROW):
        for _ in range(many):
            partition.put_raw(None, None, [])
        partition.story(new_ticket(), 1)
        await partition.read_by(reader)
    await redrive(pool, reader)
    parked = [row for row in await parked_page(pool) if row["topic"] == partition.place.topic]
    assert len(parked) == 2 * MAX_IN_A_ROW


async def test_copies_of_what_is_parked_are_applied_once(pool: Pool, partition: Partition) -> None:
    notes, ticket = Notes(), new_ticket()
    notes.faulty = frozenset({(ticket, 1)})
    reader = reader_of(pool, notes)
    partition.story(ticket, 1, 2, 2, 1)
    await partition.read_by(reader)
    notes.faulty = frozenset()
    assert await redrive(pool, reader, ticket) == 4
    assert (await notes_of(pool, ticket), await parked_of(pool, ticket)) == ([1, 2], {})


async def test_a_poison_that_lies_about_its_place_does_not_stand_in_for_the_true_one(
    pool: Pool, partition: Partition
) -> None:
    ticket, reader = new_ticket(), reader_of(pool, Notes())
    liar = encode(*again(event(ticket, 2, partition.brand), sequence=3))
    partition.story(ticket, 1)
    partition.put_raw(liar.key, b"{", liar.headers)
    partition.story(ticket, 2, 3)
    await partition.read_by(reader)
    await rows_of(pool, "DELETE FROM parked WHERE cause = 'not-json' AND subject = %s RETURNING 1", ticket)
    await redrive(pool, reader, ticket)
    assert await notes_of(pool, ticket) == [1, 2, 3]
