"""A member of a reading group, whole: client, reader and brand facts, on the toy's tables."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.runtime.consumer import Consumer
from services.runtime.facts import Brands
from services.runtime.opener import Opener, Sealed
from services.runtime.postgres import Pool
from services.runtime.reader import Reader
from services.runtime.settings import LogSettings
from tests.integration.runtime.toy import Notes

SESSION_SECONDS = 6.0


class Member:
    """As one process of a service; every member of a brand's group shares its checkpoints."""

    def __init__(self, pool: Pool, kafka: str, brand: str, notes: Notes, opener: Opener | None = None) -> None:
        self.brands = Brands(pool)
        reader = Reader(pool=pool, projection=notes, opener=opener or Sealed(), known_facts=self.brands.sequence)
        given = {
            "KAFKA_BOOTSTRAP_SERVERS": kafka,
            "KAFKA_SESSION_TIMEOUT_MS": int(SESSION_SECONDS * 1000),
            "KAFKA_METADATA_MAX_AGE_MS": 500,
            "dsn": "postgresql://",
        }
        self.consumer = Consumer(
            settings=LogSettings.model_validate(given),
            service=f"readers-{brand}",
            pattern=rf"^(brand-facts|ticket-events)\.{brand}[a-z0-9-]*$",
            pool=pool,
            reader=reader,
            declared=self.brands.refresh,
            folded=self.brands.wake,
        )
        self.running: list[asyncio.Task[None]] = []

    @property
    def owned(self) -> int:
        """How many partitions it reads from."""
        return len(self.consumer.next)

    async def joined(self) -> bool:
        """Whether it has caught up with what was there."""
        return await self.consumer.ready() is None

    def start(self) -> None:
        """Join."""
        self.running = [asyncio.create_task(loop.run()) for loop in (self.consumer, self.brands)]

    async def stop(self) -> None:
        """Finish what is in hand and leave."""
        await self.consumer.stop()
        await self.brands.stop()
        await asyncio.wait_for(asyncio.gather(*self.running), 20)


@asynccontextmanager
async def reading(
    pool: Pool, kafka: str, brand: str, notes: Notes | None = None, opener: Opener | None = None
) -> AsyncIterator[Member]:
    """A member at work."""
    member = Member(pool, kafka, brand, notes or Notes(), opener)
    member.start()
    try:
        yield member
    finally:
        await member.stop()
