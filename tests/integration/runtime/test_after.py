"""Reading one's own writes: told as soon as it is so, and cheap however many wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from starlette.requests import Request

from services.runtime import after as waiting
from services.runtime.after import After, token_of
from services.runtime.errors import StoreAwayError
from services.runtime.postgres import Connection, Pool, reachable
from tests.integration.runtime.toy import rows_of

SEEN = "INSERT INTO seen (subject, source, sequence) VALUES (%s, 'intake', %s) RETURNING 1"
PARKED = """INSERT INTO parked (topic, partition, "offset", subject, cause, header_names, header_values)
    VALUES (%s, 0, 0, %s, 'not-json', '{}', '{}') RETURNING 1"""


@pytest.fixture
def after(pool: Pool) -> After:
    """Of a service that reads what intake publishes."""
    return After(pool, frozenset({"intake"}))


def asking(subject: str, sequence: int = 1, source: str = "intake") -> Request:
    token = token_of(source, sequence, subject)
    return Request({"type": "http", "headers": [(b"phieu-after", token.encode())]})


async def test_what_was_applied_is_told_at_once(after: After, pool: Pool) -> None:
    ticket = str(uuid4())
    await rows_of(pool, SEEN, ticket, 3)
    assert await after.applied(asking(ticket, 3))


async def test_what_is_applied_meanwhile_is_told_then(after: After, pool: Pool) -> None:
    ticket = str(uuid4())
    asked = asyncio.create_task(after.applied(asking(ticket)))
    await asyncio.sleep(0.2)
    assert not asked.done()
    await rows_of(pool, SEEN, ticket, 1)
    after.wake()
    assert await asked


async def test_behind_a_parked_record_nobody_waits_in_vain(after: After, pool: Pool) -> None:
    ticket = str(uuid4())
    await rows_of(pool, PARKED, ticket, ticket)
    assert not await asyncio.wait_for(after.applied(asking(ticket)), waiting.WAIT_SECONDS / 2)


async def test_of_somebody_elses_ticket_or_a_source_that_is_not_read_nothing_is_waited_for(after: After) -> None:
    assert await after.applied(asking(str(uuid4())), subject=str(uuid4()))
    assert await after.applied(asking(str(uuid4()), source="desk"))
    assert not after.waiting


async def test_however_many_wait_they_are_looked_for_together(
    after: After, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    @asynccontextmanager
    async def counted(pool: Pool) -> AsyncIterator[Connection]:
        nonlocal looks
        looks += 1
        async with reachable(pool) as connection:
            yield connection

    monkeypatch.setattr(waiting, "reachable", counted)
    told = await asyncio.gather(*(after.applied(asking(str(uuid4()))) for _ in range(100)))
    assert told == [False] * 100
    assert 1 < looks < 100


async def test_past_the_bound_an_answer_is_stale_at_once(after: After, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MAX_WAITING", 1)
    first = asyncio.create_task(after.applied(asking(str(uuid4()))))
    await asyncio.sleep(0)
    assert not await asyncio.wait_for(after.applied(asking(str(uuid4()))), waiting.WAIT_SECONDS / 2)
    assert not first.done()
    assert not await first


async def test_with_the_store_away_whoever_waits_is_told_so(after: After, monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def away(_: Pool) -> AsyncIterator[Connection]:
        raise StoreAwayError("store-away")
        yield

    monkeypatch.setattr(waiting, "reachable", away)
    with pytest.raises(StoreAwayError):
        await after.applied(asking(str(uuid4())))
