"""A writer's own past: before it takes commands it reads what it once published and its tables may have lost.

After a restore the events table ends earlier than the topics do. What is missing is taken back from the topics, with
the same ids and times, and folded; nothing is decided and nothing is published again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from aiokafka.errors import KafkaError

from phieu_schemas.codec import CodecError, Recorded, decode
from services.runtime.ask import Decider, Stream
from services.runtime.delivery import Place, Raw
from services.runtime.errors import StoreAwayError
from services.runtime.events import Row, append_arguments, read_row
from services.runtime.postgres import RUNTIME_SQL, Connection, Pool, queries, reachable
from services.runtime.spans import read_span

LOG = logging.getLogger(__name__)
SQL = queries(RUNTIME_SQL / "writer")
RETRY_SECONDS = 1.0
PAGE = 2_000

S = TypeVar("S")


class Restore(Generic[S]):
    """Runs once at the start; until it is done the service takes no commands."""

    name = "restore"

    def __init__(
        self, *, pool: Pool, decider: Decider[S, Any], brokers: Sequence[str], service: str, pattern: str
    ) -> None:
        """`pattern` matches the topics that the service publishes to."""
        self.pool = pool
        self.decider = decider
        self.brokers = brokers
        self.service = service
        self.pattern = pattern
        self.done = asyncio.Event()
        self.ended = asyncio.Event()

    async def run(self) -> None:
        """Catch up, then wait for the end of the process."""
        while not self.done.is_set() and not self.ended.is_set():
            try:
                taken_back = await self._catch_up()
            except (KafkaError, OSError, StoreAwayError) as error:
                LOG.warning("cannot read own topics yet", extra={"error": type(error).__name__})
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if taken_back:
                LOG.warning("events were taken back from the topics", extra={"count": taken_back})
            self.done.set()
        await self.ended.wait()

    async def stop(self) -> None:
        """Nothing is in hand."""
        self.ended.set()

    async def ready(self) -> str | None:
        """A readiness check."""
        return None if self.done.is_set() else "has not read its own topics to the end"

    async def _catch_up(self) -> int:
        async with reachable(self.pool) as connection:
            cursor = await connection.execute(SQL["published"])
            starts = {Place(topic, partition): offset for topic, partition, offset in await cursor.fetchall()}
        count = 0
        async for raws in read_span(self.brokers, self.pattern, starts):
            own = [recorded for raw in raws if (recorded := self._own(raw))]
            async with reachable(self.pool) as connection, connection.transaction():
                count += await self._take_back(connection, own)
                await connection.execute(SQL["mark_published"], _offsets(raws))
        return count

    def _own(self, raw: Raw) -> Recorded | None:
        try:
            recorded = decode(raw.key, raw.value, raw.headers, topic=raw.place.topic)
        except CodecError:
            return None
        return recorded if recorded.envelope.source_name == self.service else None

    async def _take_back(self, connection: Connection, own: Sequence[Recorded]) -> int:
        """Store what is missing among these events, and fold it; gives how many were."""
        rows: dict[tuple[str, int], Row] = {}
        for recorded in own:
            rows.setdefault((recorded.envelope.subject, recorded.envelope.sequence), _row(recorded))
        cursor = await connection.execute(SQL["restore_events"], append_arguments(list(rows.values())))
        missing = [rows[place] for place in sorted(await cursor.fetchall())]
        if missing:
            loaded = await self.decider.store.load(connection, sorted({row.subject for row in missing}))
            streams = folded(self.decider, dict(loaded), missing)
            await self.decider.store.save(connection, [streams[subject] for subject in sorted(streams)])
        return len(missing)


def _row(recorded: Recorded) -> Row:
    envelope = recorded.envelope
    return Row(
        id=0,
        event_id=envelope.id,
        brand=envelope.brand,
        subject=envelope.subject,
        sequence=envelope.sequence,
        type=envelope.type,
        accepted_at=envelope.time,
        facts=envelope.facts,
        causation_id=envelope.causationid,
        correlation_id=envelope.correlationid,
        traceparent=envelope.traceparent,
        data=recorded.fact.model_dump_json().encode(),
    )


def folded(decider: Decider[S, Any], streams: dict[str, Stream[S]], rows: Sequence[Row]) -> dict[str, Stream[S]]:
    """The streams after these rows, which follow each other per subject."""
    for row in rows:
        fresh = Stream(subject=row.subject, brand=row.brand, state=decider.initial)
        before = streams.get(row.subject, fresh)
        state = decider.evolve(before.state, row.fact(), row.accepted_at)
        streams[row.subject] = replace(before, sequence=row.sequence, at=row.accepted_at, state=state)
    return streams


def _offsets(raws: Sequence[Raw]) -> dict[str, list[Any]]:
    ends: dict[Place, int] = {}
    for raw in raws:
        ends[raw.place] = max(ends.get(raw.place, 0), raw.offset + 1)
    return {
        "topics": [place.topic for place in ends],
        "partitions": [place.partition for place in ends],
        "offsets": list(ends.values()),
    }


async def refold(connection: Connection, decider: Decider[S, Any]) -> int:
    """Fold a writer's state rows again from its own events table; the caller emptied them. Gives the events."""
    streams: dict[str, Stream[S]] = {}
    floor = count = 0
    while rows := await _page(connection, floor):
        folded(decider, streams, rows)
        floor, count = rows[-1].id, count + len(rows)
    await decider.store.save(connection, list(streams.values()))
    return count


async def _page(connection: Connection, floor: int) -> list[Row]:
    cursor = await connection.execute(SQL["events_after"], {"floor": floor, "limit": PAGE})
    return [read_row(row) for row in await cursor.fetchall()]
