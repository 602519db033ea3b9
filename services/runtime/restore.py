"""A writer's own past: before it takes commands it reads what it once published and its tables may have lost.

After a restore the events table ends earlier than the topics do. What is missing is taken back from the topics, with
the same ids, times and bytes, and folded; nothing is decided and nothing is published again. Where the topic has
another event than the table, the process ends: to go on would hide it.

A record that says it is ours and cannot be read is kept too, once it is clear that nothing else stands in its place:
its sequence is never given a second time, and what comes after it is neither folded nor decided. Whoever wrote it, a
later version of this service or a stranger, only that one ticket waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from aiokafka.errors import KafkaError

from phieu_schemas.fact import Fact
from services.runtime.ask import Decider, Stream
from services.runtime.delivery import Item, Place, read
from services.runtime.errors import ForkedError, StoreAwayError
from services.runtime.events import COLUMNS, Row, read_row
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
        """Catch up, then wait for the end of the process; raises ForkedError, which ends it."""
        while not self.done.is_set() and not self.ended.is_set():
            try:
                taken_back = await self._catch_up()
            except (KafkaError, OSError, StoreAwayError) as error:
                LOG.warning("cannot read own topics yet", extra={"error": type(error).__name__})
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.ended.wait(), RETRY_SECONDS)
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
        """Read to the end, then say how far: a start that was cut short begins again where this one began."""
        async with reachable(self.pool) as connection:
            cursor = await connection.execute(SQL["published"])
            starts = {Place(topic, partition): offset for topic, partition, offset in await cursor.fetchall()}
        count, ends, unread = 0, dict[Place, int](), list[Row]()
        async for raws in read_span(self.brokers, self.pattern, starts):
            own = [item for item in map(read, raws) if self._is_own(item)]
            unread += [_row(item) for item in own if item.delivered is None]
            ends |= {raw.place: raw.offset + 1 for raw in raws}
            async with reachable(self.pool) as connection, connection.transaction():
                count += await self._take_back(connection, [_row(item) for item in own if item.delivered])
        async with reachable(self.pool) as connection, connection.transaction():
            await _keep_unread(connection, unread)
            await connection.execute(SQL["mark_published"], _offsets(ends))
        return count

    def _is_own(self, item: Item) -> bool:
        """What our own table could never hold was never ours, whatever it says."""
        envelope = item.envelope
        if envelope is None or envelope.source_name != self.service:
            return False
        return "\0" not in envelope.type + (envelope.traceparent or "")

    async def _take_back(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Store what is missing among these events, and fold it; gives how many were."""
        cursor = await connection.execute(SQL["restore_events"], _columns(rows))
        missing = await cursor.fetchall()
        await _refuse_forks(connection, rows)
        if missing:
            subjects = sorted({subject for subject, _ in missing})
            streams = dict(await self.decider.store.load(connection, subjects))
            folded(self.decider, streams, await _rows_of(connection, subjects))
            await self.decider.store.save(connection, [streams[subject] for subject in sorted(streams)])
        return len(missing)


async def _refuse_forks(connection: Connection, rows: Sequence[Row]) -> None:
    """Each event of the topic must now stand in the table, under its id and in its place."""
    cursor = await connection.execute(SQL["forked_events"], _columns(rows))
    forks = await cursor.fetchall()
    for event_id, subject, sequence in forks:
        forked = {"event_id": event_id, "subject": subject, "sequence": sequence}
        LOG.critical("the topic has an event where our own table has another: two pasts", extra=forked)
    if forks:
        raise ForkedError(f"{len(forks)} events")


async def _keep_unread(connection: Connection, rows: Sequence[Row]) -> None:
    """Take the places of these records, where they are free, so that nothing else is ever written there."""
    cursor = await connection.execute(SQL["restore_events"], _columns(rows))
    for subject, sequence in await cursor.fetchall():
        place = {"subject": subject, "sequence": sequence}
        LOG.critical("an event that says it is ours cannot be read: its ticket takes no more", extra=place)


async def _rows_of(connection: Connection, subjects: Sequence[str]) -> list[Row]:
    cursor = await connection.execute(SQL["events_of"], {"subjects": list(subjects)})
    return [read_row(row) for row in await cursor.fetchall()]


def _row(item: Item) -> Row:
    """The row of a record, its bytes as they are."""
    envelope = item.envelope
    assert envelope is not None
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
        data=item.raw.value or b"",
    )


def _columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {name: [getattr(row, column) for row in rows] for name, column in COLUMNS.items()}


def _offsets(ends: Mapping[Place, int]) -> dict[str, list[Any]]:
    return {
        "topics": [place.topic for place in ends],
        "partitions": [place.partition for place in ends],
        "offsets": list(ends.values()),
    }


def folded(decider: Decider[S, Any], streams: dict[str, Stream[S]], rows: Sequence[Row]) -> int:
    """Take the streams on by these rows, each by the row that follows its last; gives how many were folded.

    A row that cannot be read stops its stream: to fold what comes after it would be to decide without knowing it.
    """
    count = 0
    for row in rows:
        fresh = Stream(subject=row.subject, brand=row.brand, state=decider.initial)
        before = streams.get(row.subject, fresh)
        if row.sequence == before.sequence + 1 and (fact := _fact(row)):
            state = decider.evolve(before.state, fact, row.accepted_at)
            streams[row.subject] = replace(before, sequence=row.sequence, at=row.accepted_at, state=state)
            count += 1
    return count


def _fact(row: Row) -> Fact | None:
    try:
        return row.fact()
    except Exception as error:  # noqa: BLE001 - bytes of another version, or of a stranger: reading may raise anything
        unread = {"subject": row.subject, "sequence": row.sequence, "error": type(error).__name__}
        LOG.critical("an event of our own table cannot be read", extra=unread)
        return None


async def refold(connection: Connection, decider: Decider[S, Any]) -> int:
    """Fold a writer's state rows again from its own events table, page by page; gives the events that were folded.

    The caller emptied the rows. Subject by subject, so that only the last stream of a page is carried to the next.
    """
    streams: dict[str, Stream[S]] = {}
    count, last = 0, ("", 0)
    while rows := await _page(connection, *last):
        last = rows[-1].subject, rows[-1].sequence
        streams = {subject: stream for subject, stream in streams.items() if subject == rows[0].subject}
        count += folded(decider, streams, rows)
        await decider.store.save(connection, list(streams.values()))
    return count


async def _page(connection: Connection, subject: str, sequence: int) -> list[Row]:
    after = {"subject": subject, "sequence": sequence, "limit": PAGE}
    cursor = await connection.execute(SQL["events_after"], after)
    return [read_row(row) for row in await cursor.fetchall()]
