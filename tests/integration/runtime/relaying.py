"""A writer that fills the outbox and a relay that empties it, with a hand on both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from services.runtime.postgres import Pool
from services.runtime.producer import Producer
from services.runtime.relay import Relay
from services.runtime.writer import Writer
from tests.integration.runtime.toy import DECIDER, NAME, Say, Ticket, rows_of, say

LEADERS = """SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database
    WHERE locktype = 'advisory' AND granted AND d.datname = current_database()"""
"""The relays that hold their lock."""
ENLARGED = """UPDATE events SET data = convert_to(repeat('A', %s), 'UTF8')
    WHERE subject = %s AND sequence = %s RETURNING octet_length(data)"""
"""To more than the writer would have taken: to the broker it is all bytes."""


@asynccontextmanager
async def writing(pool: Pool) -> AsyncIterator[Writer[Ticket, Say]]:
    """A writer at work; what it left in the outbox goes with it."""
    writer = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    running = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        await writer.stop()
        await running
        await rows_of(pool, "DELETE FROM outbox RETURNING 1")


@asynccontextmanager
async def relaying(pool: Pool, producer: Producer) -> AsyncIterator[Relay]:
    """A relay at work."""
    relay = Relay(pool=pool, producer=producer, service=NAME)
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        await relay.stop()
        await asyncio.wait_for(running, 15)


async def a_ticket(writer: Writer[Ticket, Say], brand: str, *words: str) -> str:
    """A ticket with these messages."""
    first, *more = words
    begun = say(first, brand=brand)
    await writer.ask(begun)
    for one in more:
        await writer.ask(say(one, brand=brand, subject=begun.subject))
    return begun.subject


async def enlarge(pool: Pool, ticket: str, *, sequence: int, size: int = 2_000_000) -> None:
    """Make an event of a ticket so large; by default larger than the broker takes."""
    await rows_of(pool, ENLARGED, size, ticket, sequence)


async def left_of(pool: Pool, brand: str) -> list[str | None]:
    """What is left in the outbox of a brand, and why."""
    rows = await rows_of(pool, "SELECT held FROM outbox WHERE topic = %s ORDER BY id", f"ticket-events.{brand}")
    return [row[0] for row in rows]


def emptied(pool: Pool, brand: str, *, but: int = 0) -> Callable[[], Awaitable[bool]]:
    """Whether a brand's outbox holds no more than so many rows."""

    async def is_empty() -> bool:
        return len(await left_of(pool, brand)) == but

    return is_empty
