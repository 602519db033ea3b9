"""Brand facts in a service: folded into its own table by the reader, and kept in memory for decisions.

The brands in memory only ever go forward. What an event was decided with is its `facts`: the sequence of the brand
at that moment; a reader that is behind it waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace

from phieu_schemas.catalogue import fact_type
from phieu_schemas.codec import Recorded, Skipped
from phieu_schemas.envelope import Envelope
from phieu_schemas.fold import Brand, evolve_brand
from phieu_schemas.topics import BRAND_FACTS
from services.runtime.delivery import Delivered
from services.runtime.errors import Refused, StoreAwayError
from services.runtime.postgres import RUNTIME_SQL, Connection, Pool, queries, reachable

LOG = logging.getLogger(__name__)
SQL = queries(RUNTIME_SQL / "reader")
POLL_SECONDS = 0.25
TYPES = frozenset(event.wire_type for event in BRAND_FACTS.events)


def is_brand_fact(event: Delivered) -> bool:
    """Whether the event is one of the registry's about a brand."""
    return event.envelope.type in TYPES


async def keep(connection: Connection, events: Sequence[Delivered]) -> None:
    """Fold brand facts into the service's own table; events of tickets are passed over."""
    facts = [event for event in events if is_brand_fact(event)]
    if facts:
        rows = {
            "brands": [event.envelope.brand for event in facts],
            "sequences": [event.envelope.sequence for event in facts],
            "types": [event.envelope.type for event in facts],
            "ids": [event.envelope.id for event in facts],
            "times": [event.envelope.time for event in facts],
            "data": [event.raw.value for event in facts],
        }
        await connection.execute(SQL["keep_facts"], rows)


class KeepFacts:
    """The projection of a service that needs nothing but brand facts."""

    async def apply(self, connection: Connection, events: Sequence[Delivered]) -> None:
        """Fold the brand facts among the events."""
        await keep(connection, events)


class Brands:
    """Every brand as far as this process has applied its facts; a supervised loop keeps it current."""

    name = "brand facts"

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.brands: dict[str, Brand] = {}
        self.changed = asyncio.Event()
        self.stopping = False
        self.loaded = False

    def sequence(self, brand: str) -> int:
        """The last sequence applied of a brand; 0 before its first."""
        known = self.brands.get(brand)
        return known.sequence if known else 0

    def live(self, brand: str) -> Brand:
        """A brand with a policy in force; Refused otherwise."""
        known = self.brands.get(brand)
        if known and known.active_policy:
            return known
        raise Refused("brand-not-live")

    def wake(self) -> None:
        """New facts were folded by this process."""
        self.changed.set()

    async def refresh(self) -> None:
        """Apply what the table has beyond what is known; sequences of types never heard of are passed over."""
        known = {"brands": list(self.brands), "known": [brand.sequence for brand in self.brands.values()]}
        async with reachable(self.pool) as connection:
            cursor = await connection.execute(SQL["facts_seen"])
            seen: dict[str, int] = dict(await cursor.fetchall())
            cursor = await connection.execute(SQL["facts_after"], known)
            rows = await cursor.fetchall()
        for brand, sequence, wire_type, event_id, at, data in rows:
            if sequence > self.sequence(brand):
                self._pass_over(brand, sequence - 1)
                envelope = Envelope(
                    id=event_id,
                    source="/phieu/registry",
                    type=wire_type,
                    subject=brand,
                    time=at,
                    brand=brand,
                    sequence=sequence,
                    facts=sequence,
                )
                self.brands[brand] = evolve_brand(self.brands.get(brand), _event(envelope, bytes(data)))
        for brand, sequence in seen.items():
            self._pass_over(brand, sequence)
        self.loaded = True

    def _pass_over(self, brand: str, sequence: int) -> None:
        if sequence > self.sequence(brand):
            self.brands[brand] = replace(self.brands.get(brand) or Brand(brand=brand), sequence=sequence)

    async def run(self) -> None:
        """Refresh until stopped; with Postgres away, what is known goes on."""
        while not self.stopping:
            with contextlib.suppress(StoreAwayError):
                await self.refresh()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait(), POLL_SECONDS)
            self.changed.clear()

    async def stop(self) -> None:
        """Stop refreshing."""
        self.stopping = True
        self.changed.set()


def _event(envelope: Envelope, data: bytes) -> Recorded | Skipped:
    known = fact_type(envelope.type)
    return Recorded(envelope, known.model_validate_json(data)) if known else Skipped(envelope)
