"""Erasure, carried through: the intention is durable, the keys go, `erased` is said, objects and answers go."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from phieu_schemas.fact import Fact
from services.intake.commands import Command, EraseTicket
from services.intake.state import Ticket
from services.intake.store import SQL
from services.runtime.ask import Answer, Ask
from services.runtime.errors import RetryableError
from services.runtime.ids import derived_id
from services.runtime.keys import KeyStock
from services.runtime.objects import Objects
from services.runtime.postgres import Pool, reachable
from services.runtime.writer import Writer

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 5.0


class Eraser:
    """A supervised loop: whatever was asked and not finished, by this process or one that died, is finished here."""

    name = "eraser"

    def __init__(self, *, pool: Pool, writer: Writer[Ticket, Command], stock: KeyStock, objects: Objects) -> None:
        self.pool = pool
        self.writer = writer
        self.stock = stock
        self.objects = objects
        self.asked = asyncio.Event()
        self.lock = asyncio.Lock()
        self.stopping = False

    async def ask(self, brand: str, facts: int, tickets: Sequence[str]) -> list[str]:
        """Make the intention durable and carry it out; gives the tickets that are not finished yet."""
        wanted = {"ids": list(tickets), "brand": brand, "facts": facts, "reason": "requested"}
        async with reachable(self.pool) as connection:
            await connection.execute(SQL["ask_erasure"], wanted)
        with contextlib.suppress(RetryableError):
            await self.finish()
        async with reachable(self.pool) as connection:
            cursor = await connection.execute(SQL["erasures_left"], {"ids": list(tickets)})
            return [row[0] for row in await cursor.fetchall()]

    async def run(self) -> None:
        """Finish what is open, every few seconds, until stopped."""
        while not self.stopping:
            try:
                await self.finish()
            except RetryableError as error:
                LOG.warning("an erasure waits", extra={"error": type(error).__name__})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.asked.wait(), LOOK_SECONDS)

    async def stop(self) -> None:
        """Finish the ticket in hand."""
        self.stopping = True
        self.asked.set()

    async def finish(self) -> None:
        """Carry out every open erasure, oldest first."""
        async with self.lock:
            async with reachable(self.pool) as connection:
                cursor = await connection.execute(SQL["erasures"])
                rows = await cursor.fetchall()
            for row in rows:
                await self._erase(*row)

    async def _erase(self, ticket_id: str, brand: str, facts: int, reason: str, key_id: Any) -> None:
        """Each step may be done twice: the next run begins at the first again."""
        await self.stock.delete([key_id])
        await self.writer.ask(
            Ask(
                scope="erasure",
                key=derived_id("erasure", ticket_id),
                fingerprint=b"",
                brand=brand,
                subject=ticket_id,
                facts=facts,
                command=lambda at: EraseTicket(reason=reason, at=at),
                reply=partial(_reply, ticket_id),
            )
        )
        # Only now: a message that was under way has either stored its file before, or is refused from here on.
        for path in await self.objects.paths_under(f"{brand}/{ticket_id}/"):
            await self.objects.delete(path)
        async with reachable(self.pool) as connection:
            await connection.execute(SQL["forget_ticket_answers"], {"id": ticket_id})
            await connection.execute(SQL["erasure_done"], {"id": ticket_id})


def _reply(ticket_id: str, _at: datetime, _sequence: int, _facts: tuple[Fact, ...]) -> Answer:
    return Answer(200, json.dumps({"erased": ticket_id}).encode())
