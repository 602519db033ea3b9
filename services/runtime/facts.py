"""Brand facts in a service: kept in its own table by the reader, and folded in memory for decisions.

The reader folds each of them too, so that one which cannot be folded parks, and stops no brand but its own. The brands
in memory only ever go forward. What an event was decided with is its `facts`: the sequence of the brand at that
moment; a reader that is behind it waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from phieu_schemas.brand import BrandFact
from phieu_schemas.codec import Recorded, Skipped, read_fact
from phieu_schemas.envelope import Envelope
from phieu_schemas.fact import Fact
from phieu_schemas.fold import Brand, NotFoldableError, evolve_brand
from services.runtime.delivery import Delivered
from services.runtime.errors import Refused, StoreAwayError
from services.runtime.postgres import RUNTIME_SQL, Connection, Pool, queries, reachable

LOG = logging.getLogger(__name__)
SQL = queries(RUNTIME_SQL / "reader")
POLL_SECONDS = 0.25


def is_brand_fact(event: Delivered) -> bool:
    """Whether the event is one of the registry's about a brand."""
    return isinstance(event.fact, BrandFact)


async def keep(connection: Connection, events: Sequence[Delivered]) -> None:
    """Keep brand facts in the service's own table; events of tickets are passed over. Raises NotFoldableError."""
    facts = [event for event in events if is_brand_fact(event)]
    if facts:
        brands = await _kept(connection, sorted({event.envelope.brand for event in facts}))
        for event in facts:
            brand = event.envelope.brand
            brands[brand] = _after(brands.get(brand), event.envelope, event.fact)
        rows = {
            "brands": [event.envelope.brand for event in facts],
            "sequences": [event.envelope.sequence for event in facts],
            "types": [event.envelope.type for event in facts],
            "ids": [event.envelope.id for event in facts],
            "times": [event.envelope.time for event in facts],
            "data": [event.raw.value for event in facts],
        }
        await connection.execute(SQL["keep_facts"], rows)


async def _kept(connection: Connection, names: Sequence[str]) -> dict[str, Brand]:
    cursor = await connection.execute(SQL["facts_of"], {"brands": names})
    brands: dict[str, Brand] = {}
    for envelope, fact in map(_event, await cursor.fetchall()):
        brands[envelope.brand] = _after(brands.get(envelope.brand), envelope, fact)
    return brands


def _after(brand: Brand | None, envelope: Envelope, fact: Fact | None) -> Brand:
    """The brand after the next fact known of it; sequences of types never heard of are passed over."""
    before = replace(brand or Brand(brand=envelope.brand), sequence=envelope.sequence - 1)
    return evolve_brand(before, Recorded(envelope, fact) if fact else Skipped(envelope))


def _event(row: Sequence[Any]) -> tuple[Envelope, Fact | None]:
    brand, sequence, wire_type, event_id, at, data = row
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
    return envelope, read_fact(wire_type, bytes(data))


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
        stuck = {brand for brand, facts in groupby(rows, key=itemgetter(0)) if not self._applied(brand, facts)}
        for brand, sequence in seen.items():
            if brand not in stuck:
                self._pass_over(brand, sequence)
        self.loaded = True

    def _applied(self, brand: str, rows: Iterable[Sequence[Any]]) -> bool:
        """Whether all of these could be applied: where not, the brand stays as it was, and the others go on."""
        try:
            for envelope, fact in map(_event, rows):
                if envelope.sequence > self.sequence(brand):
                    self.brands[brand] = _after(self.brands.get(brand), envelope, fact)
        except (NotFoldableError, ValueError) as error:
            LOG.critical("a kept brand fact cannot be folded", extra={"brand": brand, "error": type(error).__name__})
            return False
        return True

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
