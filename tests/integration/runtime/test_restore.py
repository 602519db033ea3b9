"""After a restore a writer takes its own past back from its topics: the same events, the same state, nothing twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest_asyncio

from services.runtime.postgres import Pool
from services.runtime.producer import Producer
from services.runtime.redrive import rebuild
from services.runtime.relay import Relay
from services.runtime.restore import Restore
from services.runtime.writer import Writer
from tests.integration.runtime.log import events_on, make_topics, until
from tests.integration.runtime.toy import DECIDER, NAME, TABLES, rows_of, say

EVENTS = """SELECT event_id, subject, sequence, type, accepted_at, facts, data FROM events WHERE brand = %s
    ORDER BY subject, sequence"""
TICKETS = "SELECT * FROM ticket WHERE brand = %s ORDER BY ticket_id"


@pytest_asyncio.fixture
async def history(kafka: str, pool: Pool, brand: str) -> list[str]:
    """Three tickets with three messages each, all published."""
    await make_topics(kafka, brand)
    writer = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    relay = Relay(pool=pool, producer=Producer([kafka], NAME), service=NAME)
    loops = [asyncio.create_task(loop.run()) for loop in (writer, relay)]
    firsts = [say(brand=brand) for _ in range(3)]
    for first in firsts:
        await writer.ask(first)
        await writer.ask(say(brand=brand, subject=first.subject))
        await writer.ask(say(brand=brand, subject=first.subject))

    async def flushed() -> bool:
        return await rows_of(pool, "SELECT FROM outbox WHERE topic = %s", f"ticket-events.{brand}") == []

    await until(flushed)
    await writer.stop()
    await relay.stop()
    await asyncio.gather(*loops)
    return [first.subject for first in firsts]


async def restored(kafka: str, pool: Pool, brand: str) -> None:
    """Run a restore to its end, of this brand alone: the broker is shared with other files' topics."""
    pattern = rf"^ticket-events\.{brand}$"
    restore = Restore(pool=pool, decider=DECIDER, brokers=[kafka], service=NAME, pattern=pattern)
    assert await restore.ready() is not None
    running = asyncio.create_task(restore.run())
    await asyncio.wait_for(restore.done.wait(), 30)
    assert await restore.ready() is None
    await restore.stop()
    await running


async def state_of(pool: Pool, brand: str) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    return await rows_of(pool, EVENTS, brand), await rows_of(pool, TICKETS, brand)


async def forget(pool: Pool, brand: str, since: int) -> None:
    """As a backup from before: the later events, their memory and where the relay was are gone."""
    gone = "DELETE FROM events WHERE brand = %s AND sequence > %s RETURNING 1"
    await rows_of(pool, gone, brand, since)
    await rows_of(pool, "DELETE FROM idempotency RETURNING 1")
    await rows_of(pool, "DELETE FROM published WHERE topic LIKE %s RETURNING 1", f"%.{brand}")
    if since:
        asked = "UPDATE ticket SET messages = %s, sequence = %s WHERE brand = %s RETURNING 1"
        await rows_of(pool, asked, since, since, brand)
    else:
        await rows_of(pool, "DELETE FROM ticket WHERE brand = %s RETURNING 1", brand)


async def test_all_that_was_lost_comes_back(kafka: str, pool: Pool, brand: str, history: list[str]) -> None:
    before, published = await state_of(pool, brand), await events_on(kafka, brand)
    await forget(pool, brand, since=0)
    await restored(kafka, pool, brand)
    assert await state_of(pool, brand) == before
    assert len(before[0]) == 9
    assert await rows_of(pool, "SELECT FROM outbox WHERE subject = ANY (%s)", history) == []
    assert sorted(map(repr, await events_on(kafka, brand))) == sorted(map(repr, published))


async def test_what_a_backup_still_has_is_kept(kafka: str, pool: Pool, brand: str, history: list[str]) -> None:
    before = await state_of(pool, brand)
    await forget(pool, brand, since=2)
    await restored(kafka, pool, brand)
    assert await state_of(pool, brand) == before
    assert len(history) == 3


async def test_where_nothing_was_lost_nothing_changes(kafka: str, pool: Pool, brand: str, history: list[str]) -> None:
    before = await state_of(pool, brand)
    await restored(kafka, pool, brand)
    assert await state_of(pool, brand) == before
    assert len(history) == 3


async def test_a_key_from_before_the_restore_gets_its_answer(kafka: str, pool: Pool, brand: str) -> None:
    await make_topics(kafka, brand)
    writer = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    relay = Relay(pool=pool, producer=Producer([kafka], NAME), service=NAME)
    loops = [asyncio.create_task(loop.run()) for loop in (writer, relay)]
    ask = say(brand=brand)
    answer = await writer.ask(ask)
    await asyncio.sleep(0.5)
    await forget(pool, brand, since=0)
    await restored(kafka, pool, brand)
    assert await writer.ask(say(brand=brand, subject=ask.subject, key=ask.key, fresh=True)) == answer
    await writer.stop()
    await relay.stop()
    await asyncio.gather(*loops)


async def test_a_writers_rows_are_folded_again_from_its_own_events(pool: Pool, brand: str, history: list[str]) -> None:
    before = await state_of(pool, brand)
    told = await rebuild(pool, TABLES, DECIDER)
    assert await state_of(pool, brand) == before
    assert told["emptied"] == ["ticket", "brand_fact", "note"]
    assert len(history) == 3
