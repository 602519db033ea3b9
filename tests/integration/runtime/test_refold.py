"""A writer's rows are folded again page by page, however many there are and however long it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from infra.local.provision import Provision
from services.runtime import postgres as database
from services.runtime import restore
from services.runtime.ask import Stream
from services.runtime.postgres import Connection, Pool
from services.runtime.redrive import rebuild
from services.runtime.writer import Writer
from tests.integration.runtime.toy import DECIDER, NAME, TABLES, Ticket, Tickets, rows_of, say

PAGE = 2
HURRY = "-c statement_timeout=100ms"
TICKETS = "SELECT * FROM ticket ORDER BY ticket_id"


class Watched(Tickets):
    """Remembers how many streams were saved at once, and takes longer than a request may."""

    def __init__(self) -> None:
        self.saved: list[int] = []

    async def save(self, connection: Connection, streams: Sequence[Stream[Ticket]]) -> None:
        self.saved.append(len(streams))
        await connection.execute("SELECT pg_sleep(0.2)")
        await super().save(connection, streams)


async def test_a_rebuild_saves_each_page_and_is_not_hurried(
    pool: Pool, postgres: Provision, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    running = asyncio.create_task(writer.run())
    for count in (1, 3, 5, 1):
        first = say()
        await writer.ask(first)
        await asyncio.gather(*(writer.ask(say(subject=first.subject)) for _ in range(count - 1)))
    await writer.stop()
    await running
    before, store = await rows_of(pool, TICKETS), Watched()
    monkeypatch.setattr(restore, "PAGE", PAGE)
    hurried = database.pool(postgres.dsn(NAME), NAME, size=1, options=HURRY)
    await hurried.open()
    told = await rebuild(hurried, TABLES, replace(DECIDER, store=store))
    await hurried.close()
    assert await rows_of(pool, TICKETS) == before
    assert told["own_events_folded"] == 10
    assert (len(store.saved), max(store.saved) <= PAGE) == (5, True)
