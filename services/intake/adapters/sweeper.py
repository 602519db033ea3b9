"""What must not be there any more: keys that a restored key store brought back, files of requests that never were."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from services.intake.store import SQL
from services.runtime.errors import RetryableError
from services.runtime.facts import Brands
from services.runtime.keys import KeyStock
from services.runtime.objects import Objects
from services.runtime.postgres import Pool, reachable

LOG = logging.getLogger(__name__)
EVERY_SECONDS = 3600.0
RETRY_SECONDS = 5.0
PAGE = 5_000
FIRST = UUID(int=0)


class Sweeper:
    """A supervised loop: once the service has read its own topics, and every hour after."""

    name = "sweeper"

    def __init__(
        self,
        *,
        pool: Pool,
        stock: KeyStock,
        objects: Objects,
        brands: Brands,
        caught_up: Callable[[], bool],
        clock: Callable[[], datetime],
        age: timedelta = timedelta(hours=24),
    ) -> None:
        """A file without a ticket is swept from this age on: long after the last try of any request."""
        self.pool = pool
        self.stock = stock
        self.objects = objects
        self.brands = brands
        self.caught_up = caught_up
        self.clock = clock
        self.age = age
        self.ended = asyncio.Event()

    async def run(self) -> None:
        """Sweep until stopped; what cannot be done now is tried again soon."""
        while not self.ended.is_set():
            pause = EVERY_SECONDS if await self._swept() else RETRY_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), pause)

    async def stop(self) -> None:
        """What is half swept is swept again."""
        self.ended.set()

    async def _swept(self) -> bool:
        if not self.caught_up():
            return False
        try:
            await self.destroy_keys()
            for brand in list(self.brands.brands):
                await self.remove_files(brand)
        except RetryableError as error:
            LOG.warning("sweeping waits", extra={"error": type(error).__name__})
            return False
        return True

    async def destroy_keys(self) -> None:
        """Delete the key of every erased ticket again: a backup of the key store still has it."""
        keys = [FIRST]
        while keys := await self._erased_after(keys[-1]):
            if back := await self.stock.delete(keys):
                LOG.warning("keys of erased tickets were there again", extra={"count": back})

    async def _erased_after(self, key_id: UUID) -> list[UUID]:
        async with reachable(self.pool) as connection:
            cursor = await connection.execute(SQL["keys_of_erased"], {"after": key_id, "limit": PAGE})
            return [row[0] for row in await cursor.fetchall()]

    async def remove_files(self, brand: str) -> None:
        """Remove the brand's old files whose ticket was never received, or is erased."""
        async for paths in self.objects.older(f"{brand}/", self.clock() - self.age):
            living = await self._living({_ticket_of(path) for path in paths})
            stray = [path for path in paths if _ticket_of(path) not in living]
            for path in stray:
                await self.objects.delete(path)
            if stray:
                LOG.warning("files without a ticket were removed", extra={"brand": brand, "count": len(stray)})

    async def _living(self, tickets: set[str]) -> set[str]:
        async with reachable(self.pool) as connection:
            cursor = await connection.execute(SQL["living_tickets"], {"ids": list(tickets)})
            return {row[0] for row in await cursor.fetchall()}


def _ticket_of(path: str) -> str:
    return path.split("/")[1]
