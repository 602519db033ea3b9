"""The read path: a batch becomes rows and checkpoints in one Postgres transaction, or nothing of it happened.

The checkpoints move by compare-and-set on what this process wrote last, first thing in the transaction: a member that
was frozen while its partitions moved on matches none and writes nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Rollback

from services.runtime import parking, telemetry
from services.runtime.delivery import Delivered, Item, Place, Projection, Raw, read
from services.runtime.errors import FencedError, StoreAwayError
from services.runtime.inbox import BEHIND, FOLD_FAILED, GAP, Plan, sort_out
from services.runtime.metrics import DUPLICATES, FENCED, FOLDED, UNKNOWN
from services.runtime.opener import Opener
from services.runtime.postgres import AWAY, RUNTIME_SQL, Connection, Pool, queries, reachable

LOG = logging.getLogger(__name__)
SQL = queries(RUNTIME_SQL / "reader")
MAX_IN_A_ROW = 50


@dataclass(slots=True)
class Taken:
    """How far a batch got: the next offset per partition, and why a partition must wait or stop."""

    next: dict[Place, int] = field(default_factory=dict)
    waits: dict[Place, str] = field(default_factory=dict)


class TooManyParkedError(Exception):
    """So many records in a row cannot be folded that the fault is ours: stop rather than drain the topic."""

    def __init__(self, place: Place, offset: int, cause: str) -> None:
        super().__init__(f"{place.topic}/{place.partition} at {offset}: {cause}")
        self.place = place
        self.offset = offset
        self.cause = cause


class Reader:
    """Takes batches of records into a service's tables."""

    def __init__(
        self, *, pool: Pool, projection: Projection, opener: Opener, known_facts: Callable[[str], int]
    ) -> None:
        """`known_facts` tells the sequence of a brand's facts that this process has applied."""
        self.pool = pool
        self.projection = projection
        self.opener = opener
        self.known_facts = known_facts
        self.in_a_row: dict[Place, int] = {}
        self.park_until: dict[Place, int] = {}

    async def take(self, batch: Mapping[Place, Sequence[Raw]], expected: Mapping[Place, int]) -> Taken:
        """Fold what can be folded now. Raises FencedError, StoreAwayError, TooManyParkedError: then nothing was."""
        taken = Taken()
        items: list[Item] = []
        for place, raws in batch.items():
            items += await self._ready(place, [read(raw) for raw in raws], taken)
            self._advance(place, raws, taken, expected[place])
        moved = {place: offset for place, offset in taken.next.items() if offset != expected[place]}
        if moved:
            traces = [item.envelope.traceparent for item in items if item.envelope]
            with telemetry.batch_span("fold", traces):
                await self._commit(items, {place: (expected[place], offset) for place, offset in moved.items()})
        return taken

    def parks_at(self, place: Place, offset: int) -> bool:
        """Whether somebody said that at this offset records are parked however many there are."""
        return offset < self.park_until.get(place, 0)

    async def _ready(self, place: Place, items: list[Item], taken: Taken) -> list[Item]:
        """The items before the first that must wait: for brand facts, or for the key store."""
        behind = next((n for n, item in enumerate(items) if self._lacks_facts(item)), len(items))
        unreachable = await self.opener.open(items[:behind])
        end = min(unreachable, default=behind)
        if end < len(items):
            taken.waits[place] = "keys" if unreachable else "facts"
            taken.next[place] = items[end].raw.offset
        return items[:end]

    def _lacks_facts(self, item: Item) -> bool:
        """What cannot be read, or is of no type known, needs no facts: who knows whose it says it is."""
        if item.envelope is None or item.delivered is None or item.envelope.subject == item.envelope.brand:
            return False
        return item.envelope.facts > self.known_facts(item.envelope.brand)

    def _advance(self, place: Place, raws: Sequence[Raw], taken: Taken, expected: int) -> None:
        if place not in taken.next:
            taken.next[place] = raws[-1].offset + 1 if raws else expected

    async def _commit(self, items: Sequence[Item], moved: Mapping[Place, tuple[int, int]]) -> None:
        async with reachable(self.pool) as connection, connection.transaction():
            await self._fence(connection, moved)
            plan = await self.settle(connection, items)
            in_a_row = self._in_a_row(items, plan)
        self.in_a_row |= in_a_row
        _count(plan)

    async def _fence(self, connection: Connection, moved: Mapping[Place, tuple[int, int]]) -> None:
        steps = {
            "topics": [place.topic for place in moved],
            "partitions": [place.partition for place in moved],
            "expected": [expected for expected, _ in moved.values()],
            "next": [offset for _, offset in moved.values()],
        }
        cursor = await connection.execute(SQL["advance"], steps)
        if cursor.rowcount != len(moved):
            FENCED.inc()
            raise FencedError

    async def settle(self, connection: Connection, items: Sequence[Item], *, redriven: bool = False) -> Plan:
        """Apply, park and note what was seen; the caller holds the checkpoints' rows."""
        subjects = sorted({item.subject for item in items if item.subject})
        parked = [] if redriven else await self._parked(connection, subjects)
        seen = await _seen(connection, items)
        plan = sort_out(items, seen, parked)
        while failed := await self._apply(connection, plan.apply):
            for item in (*items, *parked):
                if id(item.raw) in failed:
                    item.cause = FOLD_FAILED
            plan = sort_out(items, seen, parked)
        await _mark_seen(connection, plan)
        await parking.unpark(connection, plan.unpark)
        await parking.park(connection, plan.park)
        return plan

    async def _parked(self, connection: Connection, subjects: Sequence[str]) -> list[Item]:
        """What is parked of these subjects; what may be released now is opened as if it had just come."""
        parked = await parking.parked_of(connection, subjects)
        if await self.opener.open([item for item in parked if item.was_gap]):
            raise StoreAwayError("keys-away")
        return parked

    async def _apply(self, connection: Connection, events: Sequence[Delivered]) -> set[int]:
        """Apply all at once; if that raises, nothing is applied, and the raising records are named by identity."""
        if not events:
            return set()
        try:
            async with connection.transaction():
                await self.projection.apply(connection, events)
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a fold raises, only its ticket parks
            LOG.warning("a fold raised; looking for its ticket", extra={"error": type(error).__name__})
            return await self._raising(connection, events)
        return set()

    async def _raising(self, connection: Connection, events: Sequence[Delivered]) -> set[int]:
        """The first record of each ticket that cannot be folded; if there is one, what is tried here is rolled back."""
        failed: dict[str, int] = {}
        async with connection.transaction() as trial:
            for event in events:
                if event.envelope.subject not in failed and not await self._folds(connection, event):
                    failed[event.envelope.subject] = id(event.raw)
            if failed:
                raise Rollback(trial)
        return set(failed.values())

    async def _folds(self, connection: Connection, event: Delivered) -> bool:
        try:
            async with connection.transaction():
                await self.projection.apply(connection, [event])
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - a fold may raise anything; only its ticket parks
            cause = {"event_id": event.envelope.id, "error": type(error).__name__}
            LOG.warning("an event cannot be folded", extra=cause)
            return False
        return True

    def _in_a_row(self, items: Sequence[Item], plan: Plan) -> dict[Place, int]:
        """How many poisonous records end each partition, those aside that only wait; too many stop the partition."""
        parked = {id(item): cause for item, cause in plan.park}
        counts = {item.raw.place: self.in_a_row.get(item.raw.place, 0) for item in items}
        for item in items:
            place, cause = item.raw.place, parked.get(id(item))
            if cause is None:
                counts[place] = 0
            elif cause not in {GAP, BEHIND}:
                counts[place] += 1
            if cause and counts[place] > MAX_IN_A_ROW and not self.parks_at(place, item.raw.offset):
                raise TooManyParkedError(place, item.raw.offset, cause)
        return counts


def _count(plan: Plan) -> None:
    DUPLICATES.inc(plan.duplicates)
    UNKNOWN.inc(plan.unknown)
    for topic, count in Counter(event.raw.place.topic for event in plan.apply).items():
        FOLDED.labels(topic).inc(count)


async def _seen(connection: Connection, items: Sequence[Item]) -> dict[tuple[str, str], int]:
    streams = sorted({item.stream for item in items if item.envelope})
    if not streams:
        return {}
    wanted = {"subjects": [subject for subject, _ in streams], "sources": [source for _, source in streams]}
    cursor = await connection.execute(SQL["seen"], wanted, binary=True)
    return {(subject, source): sequence for subject, source, sequence in await cursor.fetchall()}


async def _mark_seen(connection: Connection, plan: Plan) -> None:
    seen = sorted(plan.seen.items())
    if seen:
        rows: dict[str, list[Any]] = {
            "subjects": [subject for (subject, _), _ in seen],
            "sources": [source for (_, source), _ in seen],
            "sequences": [sequence for _, sequence in seen],
        }
        await connection.execute(SQL["mark_seen"], rows)
