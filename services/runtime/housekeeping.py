"""What must be done now and then: old answers are forgotten, and the parked and held are counted for the alarms."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta

from services.runtime import parking
from services.runtime.errors import StoreAwayError
from services.runtime.metrics import HELD, OUTBOX_AGE_SECONDS
from services.runtime.postgres import RUNTIME_SQL, Connection, Pool, queries, reachable
from services.runtime.tables import Tables

SQL = queries(RUNTIME_SQL / "writer")
ANSWERS_KEPT = timedelta(hours=72)
EVERY_SECONDS = 5.0


class Housekeeping:
    """A supervised loop over the tables that the service has."""

    name = "housekeeping"

    def __init__(self, pool: Pool, tables: Tables) -> None:
        self.pool = pool
        self.tables = tables
        self.ended = asyncio.Event()

    async def run(self) -> None:
        """Keep house until stopped; with Postgres away, later."""
        while not self.ended.is_set():
            with contextlib.suppress(StoreAwayError):
                async with reachable(self.pool) as connection:
                    await self.keep(connection)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), EVERY_SECONDS)

    async def stop(self) -> None:
        """Nothing is in hand."""
        self.ended.set()

    async def keep(self, connection: Connection) -> None:
        """One round."""
        if "idempotency" in self.tables.ledger:
            await connection.execute(SQL["forget_answers"], {"age": ANSWERS_KEPT})
            await _count_held(connection)
        if "parked" in self.tables.position:
            await parking.measure(connection)


async def _count_held(connection: Connection) -> None:
    cursor = await connection.execute(SQL["held"])
    row: Sequence[float] | None = await cursor.fetchone()
    if row:
        HELD.set(row[0])
        OUTBOX_AGE_SECONDS.set(row[1])
