"""What a write is asked with and answered with, and what a service must bring to have it decided."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from phieu_schemas.fact import Fact
from services.runtime.ids import derived_id
from services.runtime.postgres import Connection

S = TypeVar("S")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Answer:
    """A recorded answer: HTTP status and body, byte for byte what the first caller got."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream(Generic[S]):
    """The events of one subject as its only writer remembers them: last sequence, last time, folded state."""

    subject: str
    brand: str
    sequence: int = 0
    at: datetime | None = None
    state: S


@dataclass(slots=True, kw_only=True, eq=False)
class Ask(Generic[C]):
    """One command on its way to its commit.

    `command` builds the command once the transaction's clock is read, anew at each attempt; `reply` builds the
    success body from what was decided: the accepting time, the stream's last sequence, and the events.
    """

    scope: str
    key: UUID
    fingerprint: bytes
    brand: str
    subject: str
    facts: int
    command: Callable[[datetime], C]
    reply: Callable[[datetime, int, tuple[Fact, ...]], Answer]
    fresh: bool = False
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    traceparent: str | None = None
    outcome: Answer | Exception | None = None
    waiters: list[asyncio.Future[Answer]] = field(default_factory=list)

    async def answered(self) -> Answer:
        """The answer, for one more who waits; each may give up alone."""
        if self.outcome is None:
            waiter: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self.waiters.append(waiter)
            return await waiter
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def settle(self, outcome: Answer | Exception) -> None:
        """Tell everyone who still waits; only the first outcome counts."""
        if self.outcome is not None:
            return
        self.outcome = outcome
        for waiter in self.waiters:
            if waiter.done():
                continue
            if isinstance(outcome, Exception):
                waiter.set_exception(outcome)
            else:
                waiter.set_result(outcome)

    def cause(self) -> UUID:
        """What its events come from: the event that it reacts to, or else itself: who asks what, under which key.

        Without the key, which is its asker's secret and is forgotten in time, nothing of the content can be guessed.
        """
        return self.causation_id or derived_id("command", self.scope, self.key, self.fingerprint.hex())

    def event_id(self, index: int) -> UUID:
        """The id of the command's n-th event: the same for every attempt and after every restore."""
        return derived_id("event", self.scope, self.key, index)


class Store(Protocol[S]):
    """How a service keeps its folded streams; both methods run inside the writer's transaction."""

    async def load(self, connection: Connection, subjects: Sequence[str]) -> Mapping[str, Stream[S]]:
        """The streams that exist among these, their rows locked in id order."""

    async def save(self, connection: Connection, streams: Sequence[Stream[S]]) -> None:
        """Write the streams' rows; a rule of uniqueness speaks as Postgres' UniqueViolation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider(Generic[S, C]):
    """The pure core of a service and the shape of its streams."""

    decide: Callable[[S, C], tuple[Fact, ...]]
    evolve: Callable[[S, Fact, datetime], S]
    initial: S
    store: Store[S]
