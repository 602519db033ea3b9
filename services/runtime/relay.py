"""The relay: from the outbox to the broker, each ticket's events in order, nothing claimed that was not acknowledged.

One relay of a service is active, under an advisory lock. It deletes a batch from the outbox, publishes it, and commits
only when the broker has acknowledged all of it: what fails is still there and is sent again with the same ids, half of
it first, down to the row at fault. That one is set aside with what follows it on its ticket; everything else goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence

from aiokafka.errors import KafkaError
from opentelemetry.trace import SpanKind

from services.runtime import telemetry
from services.runtime.events import read_row
from services.runtime.metrics import PUBLISHED
from services.runtime.pace import Pace
from services.runtime.postgres import AWAY, RUNTIME_SQL, Connection, Pool, queries
from services.runtime.producer import REFUSALS, Bound, Producer

LOG = logging.getLogger(__name__)
SQL = queries(RUNTIME_SQL / "writer")
BATCH = 1_000
BATCH_BYTES = 8_000_000
LINGER_SECONDS = 0.005
IDLE_SECONDS = 0.02
FULL_PASS_SECONDS = 1.0
BACK_OFF_SECONDS = 0.5


class BatchFailedError(Exception):
    """The batch was not acknowledged; `ids` are its rows, `refused` whether the broker said so of what is in them."""

    def __init__(self, ids: Sequence[int], cause: Exception) -> None:
        super().__init__(type(cause).__name__)
        self.ids = ids
        self.refused = isinstance(cause, REFUSALS)


class MissingTopicError(Exception):
    """Some rows are bound for a topic that does not exist: take the batch again without them."""


class Relay:
    """The supervised loop."""

    name = "relay"

    def __init__(
        self, *, pool: Pool, producer: Producer, service: str, caught_up: Callable[[], bool] = lambda: True
    ) -> None:
        """`caught_up` says whether the service has read its own topics: before that the position in them stays."""
        self.pool = pool
        self.caught_up = caught_up
        self.producer = producer
        self.lock = f"relay {service}"
        self.written = asyncio.Event()
        self.stopping = False
        self.missing: set[str] = set()
        self.pace = Pace(BATCH)

    def wake(self) -> None:
        """Something was committed to the outbox."""
        self.written.set()

    async def run(self) -> None:
        """Publish until stopped; whatever is away is tried again after a pause."""
        try:
            while not self.stopping:
                if not self.caught_up():
                    await self._pause(IDLE_SECONDS)
                    continue
                try:
                    async with self.pool.connection() as connection:
                        await self._lead(connection)
                except AWAY:
                    await self._pause(BACK_OFF_SECONDS)
        finally:
            await self.producer.close()

    async def stop(self) -> None:
        """Finish the batch in hand."""
        self.stopping = True
        self.written.set()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.written.wait(), seconds)
        self.written.clear()

    async def _lead(self, connection: Connection) -> None:
        """Publish as long as this session holds the lock."""
        found = await connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", (self.lock,))
        row = await found.fetchone()
        if not row or not row[0]:
            await self._pause(FULL_PASS_SECONDS)
            return
        try:
            # Planned while the outbox is empty, its DELETE would keep a sequential scan for ever.
            await connection.execute("SET enable_seqscan = off")
            await self._publish_all(connection)
        finally:
            with contextlib.suppress(*AWAY):
                await connection.execute("RESET enable_seqscan")
                await connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", (self.lock,))

    async def _publish_all(self, connection: Connection) -> None:
        """Rows commit late: an `id > floor` scan passes some over, so every second a pass starts from the beginning."""
        clock = asyncio.get_running_loop().time
        floor, full_pass = 0, 0.0
        while not self.stopping:
            if clock() >= full_pass:
                floor, full_pass, self.missing = 0, clock() + FULL_PASS_SECONDS, set()
            try:
                last = await self._one_batch(connection, floor)
            except MissingTopicError:
                continue
            except BatchFailedError as failure:
                await self._failed(connection, failure)
                full_pass = 0.0
                continue
            floor = last or floor
            await (asyncio.sleep(LINGER_SECONDS) if last else self._pause(IDLE_SECONDS))

    async def _one_batch(self, connection: Connection, floor: int) -> int:
        """Publish one batch; gives the last id, 0 for nothing."""
        async with connection.transaction():
            wanted = {"floor": floor, "missing": sorted(self.missing), "limit": self.pace.rows, "bytes": BATCH_BYTES}
            cursor = await connection.execute(SQL["claim_batch"], wanted, binary=True)
            bound = [(read_row(row), topic) for topic, *row in await cursor.fetchall()]
            if not bound:
                return 0
            if missing := await self._missing(bound):
                self.missing |= missing
                raise MissingTopicError
            await self._publish(connection, bound)
        self.pace.succeeded()
        for topic, count in Counter(topic for _, topic in bound).items():
            PUBLISHED.labels(topic).inc(count)
        return bound[-1][0].id

    async def _missing(self, bound: Sequence[Bound]) -> set[str]:
        """The topics that do not exist; their rows wait, and hold up no other brand's."""
        try:
            missing = await self.producer.missing({topic for _, topic in bound})
        except (KafkaError, TimeoutError, OSError) as error:
            raise BatchFailedError([row.id for row, _ in bound], error) from error
        for topic in missing:
            LOG.error("a topic is missing", extra={"topic": topic})
        return missing

    async def _publish(self, connection: Connection, bound: Sequence[Bound]) -> None:
        try:
            with telemetry.batch_span("publish", [row.traceparent for row, _ in bound], SpanKind.PRODUCER):
                ends = await self.producer.publish(bound)
        except (KafkaError, TimeoutError, OSError) as error:
            raise BatchFailedError([row.id for row, _ in bound], error) from error
        offsets = {
            "topics": [topic for topic, _ in ends],
            "partitions": [partition for _, partition in ends],
            "offsets": list(ends.values()),
        }
        await connection.execute(SQL["mark_published"], offsets)

    async def _failed(self, connection: Connection, failure: BatchFailedError) -> None:
        """Throw the producer away; set the row at fault aside, or wait where none is."""
        LOG.warning("a batch was not published", extra={"error": str(failure), "count": len(failure.ids)})
        await self.producer.discard()
        guilty = self.pace.failed(failure.ids, refused=failure.refused)
        if guilty is not None:
            await connection.execute(SQL["hold"], {"id": guilty, "why": str(failure)})
            LOG.critical("an event is set aside, and what follows it on its ticket", extra={"cause": str(failure)})
        elif not failure.refused:
            await asyncio.sleep(BACK_OFF_SECONDS)
