"""The write path: decide, then events, outbox, state and answer in one transaction that many commands share.

Commands that wait together are decided together and share a commit; none can fail another: a batch that meets a
conflict or a value that Postgres refuses is rolled back and decided again in halves, down to the one that is at fault.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import psycopg

from phieu_schemas.fact import Fact
from services.runtime import problems
from services.runtime.ask import Answer, Ask, Decider, Stream
from services.runtime.errors import BusyError, NotReadyError, Refused, StoreAwayError
from services.runtime.events import Row, append_arguments, read_row, row_of
from services.runtime.metrics import ACCEPTED, COMMIT_COMMANDS, COMMIT_QUEUE
from services.runtime.postgres import AWAY, RUNTIME_SQL, Connection, Pool, queries

LOG = logging.getLogger(__name__)
SQL = queries(RUNTIME_SQL / "writer")
TICK = timedelta(microseconds=1)
CONFLICTS = (
    psycopg.errors.IntegrityError,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
)
PASSING = (psycopg.errors.UniqueViolation, psycopg.OperationalError)
"""Conflicts in which nothing is wrong with the command: a row that another holds, a place that another took."""
SESSION = {
    # Planned while the tables are small, its statements would keep sequential scans for ever.
    "enable_seqscan": "off",
    # A process that was frozen in its transaction holds rows: others wait for them briefly, and not for long.
    "lock_timeout": "300ms",
    "idle_in_transaction_session_timeout": "5s",
}
ATTEMPTS = 5
MAX_BATCH = 500
MAX_QUEUE = 4_000

REUSED = Answer(*problems.encoded(Refused("idempotency-key-reused")))

S = TypeVar("S")
C = TypeVar("C")


@dataclass(slots=True)
class Outcome(Generic[S, C]):
    """What a batch decided, not yet committed."""

    answers: list[tuple[Ask[C], Answer]] = field(default_factory=list)
    streams: dict[str, Stream[S]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    recorded: list[tuple[Ask[C], Answer, datetime]] = field(default_factory=list)


class Writer(Generic[S, C]):
    """The only way a service's commands become events."""

    name = "writer"

    def __init__(
        self,
        *,
        pool: Pool,
        decider: Decider[S, C],
        committed: Callable[[], None],
        caught_up: Callable[[], bool] = lambda: True,
    ) -> None:
        """`committed` is called after each commit that left something in the outbox.

        `caught_up` says whether the service has read its own topics: before that nothing is decided, whoever asks.
        """
        self.pool = pool
        self.decider = decider
        self.committed = committed
        self.caught_up = caught_up
        self.queue: deque[Ask[C]] = deque()
        self.waiting: dict[tuple[object, str], Ask[C]] = {}
        self.arrived = asyncio.Event()
        self.stopping = False
        self.kept: Connection | None = None
        """Held between batches: to take one of the pool and have it checked would be a third round trip."""

    async def ask(self, ask: Ask[C]) -> Answer:
        """The durable answer to a command; a twin in flight waits for the first and gets the same."""
        if not self.caught_up():
            raise NotReadyError
        twin = self.waiting.get((ask.key, ask.scope))
        if twin is not None:
            if twin.fingerprint != ask.fingerprint:
                raise Refused("idempotency-key-reused")
            return await twin.answered()
        if len(self.queue) >= MAX_QUEUE or self.stopping:
            raise BusyError
        self.waiting[ask.key, ask.scope] = ask
        self.queue.append(ask)
        self.arrived.set()
        return await ask.answered()

    async def run(self) -> None:
        """Commit what waits, batch after batch, until stopped and empty."""
        while self.queue or not self.stopping:
            if not self.queue:
                self.arrived.clear()
                await self.arrived.wait()
                continue
            batch = [self.queue.popleft() for _ in range(min(MAX_BATCH, len(self.queue)))]
            COMMIT_QUEUE.set(len(self.queue))
            await self._settle(batch)
            for ask in batch:
                del self.waiting[ask.key, ask.scope]
        await self._let_go()

    async def stop(self) -> None:
        """Take nothing more; finish what waits."""
        self.stopping = True
        self.arrived.set()

    async def _settle(self, batch: list[Ask[C]]) -> None:
        """Answer every command of the batch, whatever happens."""
        was_kept = self.kept is not None
        try:
            await self._commit(await self._connected(), batch, attempt=1)
        except AWAY:
            await self._let_go()
            if was_kept:
                await self._settle([ask for ask in batch if ask.outcome is None])
            else:
                self._fail(batch, StoreAwayError("store-away"))
        except Exception as error:
            LOG.exception("a batch of commands failed")
            await self._let_go()
            self._fail(batch, error)

    async def _connected(self) -> Connection:
        if self.kept is None:
            connection = await self.pool.getconn()
            self.kept = connection
            await connection.execute("; ".join(f"SET {name} = '{value}'" for name, value in SESSION.items()).encode())
        return self.kept

    async def _let_go(self) -> None:
        """Give the connection back; the pool replaces it if it is broken."""
        connection, self.kept = self.kept, None
        if connection is not None:
            with contextlib.suppress(*AWAY):
                await connection.execute("; ".join(f"RESET {name}" for name in SESSION).encode())
            await self.pool.putconn(connection)

    async def _commit(self, connection: Connection, batch: list[Ask[C]], attempt: int) -> None:
        try:
            outcome = await self._attempt(connection, batch)
        except CONFLICTS as error:
            await self._again(connection, batch, attempt, error)
            return
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one command raises, the others of its batch go on
            await self._again(connection, batch, ATTEMPTS, error)
            return
        COMMIT_COMMANDS.observe(len(batch))
        for wire_type, count in Counter(row.type for row in outcome.rows).items():
            ACCEPTED.labels(wire_type).inc(count)
        if outcome.rows:
            self.committed()
        for ask, answer in outcome.answers:
            ask.settle(answer)

    async def _again(self, connection: Connection, batch: list[Ask[C]], attempt: int, error: Exception) -> None:
        if len(batch) > 1:
            half = len(batch) // 2
            await self._commit(connection, batch[:half], attempt=1)
            await self._commit(connection, batch[half:], attempt=1)
        elif isinstance(error, CONFLICTS) and attempt < ATTEMPTS:
            batch[0].fresh = False
            if not await self._recovered(connection, batch[0]):
                await self._commit(connection, batch, attempt + 1)
        else:
            LOG.error("a command cannot be decided or stored", exc_info=error)
            self._fail(batch, _told(error))

    async def _recovered(self, connection: Connection, ask: Ask[C]) -> bool:
        """Answer from the event itself where it outlived its idempotency record (after a restore, or in old age)."""
        cursor = await connection.execute(SQL["event_by_cause"], {"id": ask.event_id(0)})
        found = await cursor.fetchone()
        if found is None:
            return False
        row = read_row(found)
        try:
            facts = (row.fact(),)
        except Exception:  # noqa: BLE001 - a row taken back from the topic may be of a version that is not known here
            return False
        same = row.causation_id == ask.cause()
        ask.settle(ask.reply(row.accepted_at, row.sequence, facts) if same else REUSED)
        return True

    async def _attempt(self, connection: Connection, batch: Sequence[Ask[C]]) -> Outcome[S, C]:
        """One transaction of two round trips: read the clock, the stored answers and the streams; decide; write."""
        async with connection.pipeline(), connection.transaction():
            keys = {"keys": [ask.key for ask in batch], "scopes": [ask.scope for ask in batch]}
            answered = await connection.execute(SQL["answered"], keys, binary=True)
            subjects = sorted({ask.subject for ask in batch if not ask.fresh})
            streams = dict(await self.decider.store.load(connection, subjects)) if subjects else {}
            rows = await answered.fetchall()
            stored = {(row[1], row[2]): row[3:] for row in rows}
            outcome = self._decide_all(batch, stored, streams, rows[0][0])
            await self._write(connection, outcome)
        return outcome

    def _decide_all(
        self,
        batch: Sequence[Ask[C]],
        stored: dict[tuple[Any, Any], tuple[Any, ...]],
        streams: dict[str, Stream[S]],
        now: datetime,
    ) -> Outcome[S, C]:
        outcome: Outcome[S, C] = Outcome()
        for ask in batch:
            known = stored.get((ask.key, ask.scope))
            if known is not None:
                outcome.answers.append((ask, _same(ask, known)))
                continue
            stream = streams.get(ask.subject) or Stream(
                subject=ask.subject, brand=ask.brand, state=self.decider.initial
            )
            at = now if stream.at is None or stream.at < now else stream.at + TICK
            answer = self._decide(ask, stream, at, outcome, streams)
            outcome.answers.append((ask, answer))
            outcome.recorded.append((ask, answer, at))
        return outcome

    def _decide(
        self,
        ask: Ask[C],
        stream: Stream[S],
        at: datetime,
        outcome: Outcome[S, C],
        streams: dict[str, Stream[S]],
    ) -> Answer:
        try:
            facts = self.decider.decide(stream.state, ask.command(at))
            rows = [row_of(ask, fact, n, stream.sequence + 1 + n, at) for n, fact in enumerate(facts)]
        except Refused as refused:
            return Answer(*problems.encoded(refused))
        sequence = stream.sequence + len(facts)
        if facts:
            after = self._evolved(stream, facts, at, sequence)
            streams[ask.subject] = outcome.streams[ask.subject] = after
            outcome.rows += rows
        return ask.reply(at, sequence, facts)

    def _evolved(self, stream: Stream[S], facts: tuple[Fact, ...], at: datetime, sequence: int) -> Stream[S]:
        state = stream.state
        for fact in facts:
            state = self.decider.evolve(state, fact, at)
        return Stream(subject=stream.subject, brand=stream.brand, sequence=sequence, at=at, state=state)

    async def _write(self, connection: Connection, outcome: Outcome[S, C]) -> None:
        """Keys in sorted order, so that two processes that meet wait for each other instead of deadlocking."""
        recorded = sorted(outcome.recorded, key=lambda one: one[0].key)
        if recorded:
            await connection.execute(SQL["remember"], _memory(recorded))
        if outcome.streams:
            await self.decider.store.save(connection, [outcome.streams[one] for one in sorted(outcome.streams)])
        if outcome.rows:
            await connection.execute(SQL["append"], append_arguments(outcome.rows))

    def _fail(self, batch: Sequence[Ask[C]], error: Exception) -> None:
        for ask in batch:
            ask.settle(error)


def _told(error: Exception) -> Exception:
    """What the asker hears of it: their data is at fault, others are in the way, or we are broken."""
    if isinstance(error, psycopg.DataError):
        return Refused("body-not-valid")
    return BusyError() if isinstance(error, PASSING) else error


def _same(ask: Ask[C], known: tuple[Any, ...]) -> Answer:
    """The recorded answer, or the refusal of another content under the same key."""
    fingerprint, status, body = known
    if fingerprint != ask.fingerprint:
        return REUSED
    return Answer(status, body)


def _memory(recorded: Sequence[tuple[Ask[C], Answer, datetime]]) -> dict[str, list[Any]]:
    return {
        "keys": [ask.key for ask, _, _ in recorded],
        "scopes": [ask.scope for ask, _, _ in recorded],
        "fingerprints": [ask.fingerprint for ask, _, _ in recorded],
        "statuses": [answer.status for _, answer, _ in recorded],
        "bodies": [answer.body for _, answer, _ in recorded],
        "subjects": [ask.subject for ask, _, _ in recorded],
        "times": [at for _, _, at in recorded],
    }
