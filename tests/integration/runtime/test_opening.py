"""Personal parts on their way in: with a key they open; deleted, unknown and unreachable keys are three things."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg.conninfo import make_conninfo

from infra.local.provision import KEYS_WRITER, Provision
from phieu_schemas.ticket import MessageText, Received, RequestText, Supplemented
from phieu_schemas.types import Personal, Sealed
from services.runtime import keys
from services.runtime import postgres as database
from services.runtime.codec import seal
from services.runtime.keys import KeyRing, KeyState, KeyStock, MasterKey, WrongMasterKeyError
from services.runtime.opener import KeyOpener
from services.runtime.postgres import Pool
from services.runtime.reader import Reader
from services.runtime.redrive import redrive
from tests.integration.runtime.log import until
from tests.integration.runtime.records import Partition, event, new_ticket, reader_of
from tests.integration.runtime.toy import Notes, notes_of, parked_of, rows_of


@pytest_asyncio.fixture
async def partition(pool: Pool, brand: str) -> Partition:
    return await Partition(pool, brand).begun()


@pytest_asyncio.fixture
async def away(postgres: Provision, stock: KeyStock) -> AsyncIterator[KeyRing]:
    """The key store behind a port where nobody listens."""
    nowhere = database.pool(make_conninfo(postgres.dsn(KEYS_WRITER), port=1), "keys", size=1)
    await nowhere.open()
    yield KeyRing(pool=nowhere, master=stock.ring.master, cache_seconds=300.0, clock=monotonic)
    await nowhere.close()


def forgetful(stock: KeyStock) -> KeyRing:
    """As another process: the same store, nothing in memory."""
    return KeyRing(pool=stock.ring.pool, master=stock.ring.master, cache_seconds=300.0, clock=monotonic)


def reader_with(pool: Pool, ring: KeyRing) -> Reader:
    return reader_of(pool, Notes(), opener=KeyOpener(ring))


def put(partition: Partition, ticket: str, sequence: int, key_id: UUID, key: AESGCM) -> None:
    """Write the ticket's n-th event with its words sealed."""
    wire_type = Received.wire_type if sequence == 1 else Supplemented.wire_type
    words: Personal = (
        RequestText(fields={}, content="words 1") if sequence == 1 else MessageText(content=f"words {sequence}")
    )
    personal: Sealed = seal(key_id, key, words, brand=partition.brand, subject=ticket, wire_type=wire_type)
    partition.put(event(ticket, sequence, partition.brand, personal=personal))


async def words_of(pool: Pool, ticket: str) -> list[bool]:
    """Whether each applied event came in the clear."""
    rows = await rows_of(pool, "SELECT words, sequence FROM note WHERE subject = %s ORDER BY place", ticket)
    return [f"words {sequence}" in (words or "") for words, sequence in rows]


async def test_with_its_key_a_part_is_in_the_clear(pool: Pool, partition: Partition, stock: KeyStock) -> None:
    ticket, drawn = new_ticket(), stock.draw()
    put(partition, ticket, 1, *drawn)
    await partition.read_by(reader_with(pool, forgetful(stock)))
    assert await words_of(pool, ticket) == [True]


async def test_what_waited_for_its_gap_is_in_the_clear_too(pool: Pool, partition: Partition, stock: KeyStock) -> None:
    """It was opened when it came and parked sealed; released unopened it would look erased."""
    ticket, drawn, reader = new_ticket(), stock.draw(), reader_with(pool, forgetful(stock))
    put(partition, ticket, 1, *drawn)
    put(partition, ticket, 3, *drawn)
    await partition.read_by(reader)
    put(partition, ticket, 2, *drawn)
    await partition.read_by(reader)
    assert (await notes_of(pool, ticket), await words_of(pool, ticket)) == ([1, 2, 3], [True] * 3)


async def test_a_deleted_key_folds_as_erased(pool: Pool, partition: Partition, stock: KeyStock) -> None:
    ticket, drawn = new_ticket(), stock.draw()
    put(partition, ticket, 1, *drawn)
    await stock.delete([drawn[0]])
    await stock.delete([drawn[0]])
    await partition.read_by(reader_with(pool, forgetful(stock)))
    assert (await notes_of(pool, ticket), await words_of(pool, ticket)) == ([1], [False])


async def test_an_unknown_key_parks_its_ticket(pool: Pool, partition: Partition, stock: KeyStock) -> None:
    ticket, other, drawn = new_ticket(), new_ticket(), stock.draw()
    put(partition, ticket, 1, uuid4(), drawn[1])
    put(partition, ticket, 2, *drawn)
    put(partition, other, 1, *drawn)
    await partition.read_by(reader_with(pool, forgetful(stock)))
    assert await parked_of(pool, ticket) == {1: "key-unknown", 2: "behind"}
    assert await words_of(pool, other) == [True]


async def test_a_key_that_comes_to_be_known_lets_its_ticket_in(
    pool: Pool, partition: Partition, stock: KeyStock
) -> None:
    ticket, late, key = new_ticket(), uuid4(), AESGCM.generate_key(256)
    reader = reader_with(pool, forgetful(stock))
    put(partition, ticket, 1, late, AESGCM(key))
    await partition.read_by(reader)
    wrapped = stock.ring.master.wrap(str(late), key)
    await rows_of(stock.ring.pool, "INSERT INTO key VALUES (%s, %s) RETURNING 1", late, wrapped)
    assert await redrive(pool, reader, ticket) == 1
    assert (await words_of(pool, ticket), await parked_of(pool, ticket)) == ([True], {})


async def test_a_part_of_another_ticket_parks(pool: Pool, partition: Partition, stock: KeyStock) -> None:
    ticket, drawn = new_ticket(), stock.draw()
    stolen: Sealed = seal(
        *drawn, RequestText(fields={}), brand=partition.brand, subject="x", wire_type=Received.wire_type
    )
    partition.put(event(ticket, 1, partition.brand, personal=stolen))
    await partition.read_by(reader_with(pool, forgetful(stock)))
    assert await parked_of(pool, ticket) == {1: "personal-not-opened"}


async def test_an_unreachable_store_holds_the_partition_and_known_keys_go_on(
    pool: Pool, partition: Partition, stock: KeyStock, away: KeyRing
) -> None:
    away.remember(*stock.stock[0])
    known, unseen, ticket, other = stock.draw(), stock.draw(), new_ticket(), new_ticket()
    put(partition, ticket, 1, *known)
    put(partition, other, 1, *unseen)
    put(partition, ticket, 2, *known)
    taken = await partition.read_by(reader_with(pool, away))
    assert (taken.waits, await partition.checkpoint()) == ({partition.place: "keys"}, 1)
    assert await parked_of(pool, other) == {}
    await partition.read_by(reader_with(pool, forgetful(stock)))
    assert (await words_of(pool, ticket), await words_of(pool, other)) == ([True, True], [True])


async def test_an_opened_key_is_forgotten_in_time(stock: KeyStock) -> None:
    now = [0.0]
    ring = KeyRing(pool=stock.ring.pool, master=stock.ring.master, cache_seconds=300.0, clock=lambda: now[0])
    key_id, _ = stock.draw()
    assert not isinstance((await ring.find([key_id]))[key_id], KeyState)
    await stock.delete([key_id])
    now[0] = 299.0
    assert not isinstance((await ring.find([key_id]))[key_id], KeyState)
    now[0] = 300.0
    assert (await ring.find([key_id]))[key_id] is KeyState.DELETED


async def test_no_key_stays_in_memory_past_its_time(stock: KeyStock, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    ring = KeyRing(pool=stock.ring.pool, master=stock.ring.master, cache_seconds=300.0, clock=lambda: now[0])
    key_id, _ = stock.draw()
    await ring.find([key_id])
    assert list(ring.cached) == [key_id]
    monkeypatch.setattr(keys, "FORGET_SECONDS", 0.05)
    running = asyncio.create_task(ring.run())
    now[0] = 301.0

    async def forgotten() -> bool:
        return not ring.cached

    await until(forgotten)
    await ring.stop()
    await running


async def test_a_key_that_does_not_open_parks_its_ticket_and_no_other(
    pool: Pool, stock: KeyStock, partition: Partition
) -> None:
    spoiled, sound, ticket, other = stock.draw(), stock.draw(), new_ticket(), new_ticket()
    async with stock.ring.pool.connection() as connection:
        await connection.execute("UPDATE key SET wrapped = %s WHERE key_id = %s", (b"\0" * 60, spoiled[0]))
    put(partition, ticket, 1, *spoiled)
    put(partition, other, 1, *sound)
    await partition.read_by(reader_with(pool, forgetful(stock)))
    assert (await parked_of(pool, ticket), await words_of(pool, other)) == ({1: "key-unknown"}, [True])


async def test_under_a_wrong_master_key_nothing_is_parked_and_no_key_is_made(
    pool: Pool, stock: KeyStock, partition: Partition, tmp_path: Path
) -> None:
    """Else every ticket would park, and new ones be sealed under keys that nobody else can open."""
    (tmp_path / "master.key").write_text("cd" * 32)
    master = MasterKey(tmp_path / "master.key")
    ring = KeyRing(pool=stock.ring.pool, master=master, cache_seconds=300.0, clock=monotonic)
    put(partition, new_ticket(), 1, *stock.draw())
    with pytest.raises(WrongMasterKeyError):
        await partition.read_by(reader_with(pool, ring))
    assert await partition.checkpoint() == 0
    with pytest.raises(WrongMasterKeyError):
        await KeyStock(ring).run()


async def test_a_brand_key_is_made_once(stock: KeyStock, brand: str) -> None:
    first = await forgetful(stock).brand_key(brand, "links", make=True)
    assert await forgetful(stock).brand_key(brand, "links", make=True) == first
    assert await forgetful(stock).brand_key(brand, "links") == first
    assert await forgetful(stock).brand_key(brand, "requesters", make=True) != first
