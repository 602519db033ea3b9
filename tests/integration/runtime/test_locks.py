"""Another process holds what a command needs, frozen in its transaction: only that command waits, and not for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
import pytest_asyncio

from services.runtime import writer as writing
from services.runtime.errors import BusyError
from services.runtime.postgres import AWAY, Connection, Pool
from services.runtime.writer import Writer
from tests.integration.runtime.log import until
from tests.integration.runtime.toy import DECIDER, Say, Ticket, rows_of, say

ToyWriter = Writer[Ticket, Say]
ROW = "SELECT FROM ticket WHERE ticket_id = %s FOR UPDATE"
KEY = """INSERT INTO idempotency (key, scope, fingerprint, status, body, subject, accepted_at)
    VALUES (%s, 'say', %s, 201, 'told', 'x', now())"""
IDLE = "SELECT FROM pg_stat_activity WHERE pid = %s"
BOUND_SECONDS = 9.0
"""Below the ten seconds that a session of the pools waits for a lock, once, with nobody answered."""


def new_writer(pool: Pool) -> ToyWriter:
    return Writer(pool=pool, decider=DECIDER, committed=lambda: None)


@pytest_asyncio.fixture
async def writer(pool: Pool) -> AsyncIterator[ToyWriter]:
    found = new_writer(pool)
    running = asyncio.create_task(found.run())
    yield found
    await found.stop()
    await running


@asynccontextmanager
async def held(pool: Pool, statement: str, *values: object) -> AsyncIterator[Connection]:
    """Another session, in the middle of a transaction that has done this."""
    async with pool.connection() as connection, connection.transaction():
        await connection.execute(statement.encode(), values)
        yield connection


async def statuses(writer: ToyWriter, count: int) -> list[int]:
    """Others who begin tickets of their own."""
    answers = await asyncio.gather(*(writer.ask(say()) for _ in range(count)))
    return [answer.status for answer in answers]


async def test_a_ticket_that_another_holds_keeps_no_one_else_waiting(writer: ToyWriter, pool: Pool) -> None:
    first = say()
    await writer.ask(first)
    blocked = say(subject=first.subject)
    async with held(pool, ROW, first.subject):
        waiting = asyncio.create_task(writer.ask(blocked))
        async with asyncio.timeout(BOUND_SECONDS):
            assert await statuses(writer, 30) == [201] * 30
            with pytest.raises(BusyError):
                await waiting
    again = await writer.ask(say(subject=first.subject, key=blocked.key))
    assert (again.status, again.body[:2]) == (201, b"2 ")


async def test_a_key_that_another_is_about_to_record_keeps_no_one_else_waiting(writer: ToyWriter, pool: Pool) -> None:
    key = uuid4()
    async with held(pool, KEY, key, b"hello"):
        waiting = asyncio.create_task(writer.ask(say(key=key)))
        async with asyncio.timeout(BOUND_SECONDS):
            assert await statuses(writer, 30) == [201] * 30
            with pytest.raises(BusyError):
                await waiting
    assert (await writer.ask(say(key=key))).body == b"told"


async def test_who_freezes_in_a_transaction_lets_go_in_time_and_wakes_to_a_store_that_is_away(
    writer: ToyWriter, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = say()
    await writer.ask(first)
    monkeypatch.setitem(writing.SESSION, "idle_in_transaction_session_timeout", "200ms")
    frozen = new_writer(pool)
    connection = await frozen._connected()

    async def cut_off() -> bool:
        return not await rows_of(pool, IDLE, connection.info.backend_pid)

    async def sleep_on_it() -> None:
        async with connection.transaction():
            await connection.execute(ROW.encode(), (first.subject,))
            await until(cut_off)
            assert (await writer.ask(say(subject=first.subject))).status == 201
            await connection.execute("SELECT 1")

    with pytest.raises(AWAY):
        await sleep_on_it()
    await frozen._let_go()
