"""Reading one's own writes: an answer that waits, bounded, until an event has been applied here."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from services.runtime.errors import Refused, StoreAwayError
from services.runtime.postgres import RUNTIME_SQL, Pool, queries, reachable

SQL = queries(RUNTIME_SQL / "reader")
TOKEN = re.compile(r"([a-z]{1,40})/([1-9][0-9]{0,17})/([0-9a-z-]{1,64})")
WAIT_SECONDS = 2.0
LOOK_SECONDS = 0.05
MAX_WAITING = 200


def token_of(source: str, sequence: int, subject: str) -> str:
    """A read token: what to wait for. It grants nothing."""
    return f"{source}/{sequence}/{subject}"


@dataclass(frozen=True, slots=True, eq=False)
class Waiter:
    """Somebody who waits for an event, and is told whether it has been applied."""

    source: str
    sequence: int
    subject: str
    told: asyncio.Future[bool]


class After:
    """Waits for events to have been folded by this service, whichever of its members folds them.

    One statement at a time looks for all who wait: however many they are, they cost what one costs.
    """

    def __init__(self, pool: Pool, sources: frozenset[str]) -> None:
        """`sources` are those that this service reads; of any other an event counts as applied."""
        self.pool = pool
        self.sources = sources
        self.waiting: set[Waiter] = set()
        self.reason = asyncio.Event()
        self.looking: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """A batch was folded by this process."""
        self.reason.set()

    async def applied(self, request: Request, subject: str | None = None) -> bool:
        """Whether what the request's Phieu-After names has been applied, after waiting two seconds at most.

        With `subject`, only what happened to that one is waited for: whoever may see no more shall not learn more.
        """
        header = request.headers.get("phieu-after")
        if header is None:
            return True
        shape = TOKEN.fullmatch(header)
        if shape is None:
            raise Refused("read-token-not-valid")
        source, sequence, about = shape[1], int(shape[2]), shape[3]
        if source not in self.sources or subject not in {None, about}:
            return True
        if len(self.waiting) >= MAX_WAITING:
            return False
        return await self._told(source, sequence, about)

    async def _told(self, source: str, sequence: int, subject: str) -> bool:
        waiter = Waiter(source, sequence, subject, asyncio.get_running_loop().create_future())
        self.waiting.add(waiter)
        self.reason.set()
        if self.looking is None:
            self.looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await waiter.told
        except TimeoutError:
            return False
        finally:
            self.waiting.discard(waiter)

    async def _look(self) -> None:
        """Look while anyone waits: at once for whoever comes and for what was folded here, else every now and then."""
        try:
            while self.waiting:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.reason.wait(), LOOK_SECONDS)
                self.reason.clear()
                await self._tell(list(self.waiting))
        finally:
            self.looking = None

    async def _tell(self, waiters: Sequence[Waiter]) -> None:
        wanted = {"subjects": [one.subject for one in waiters], "sources": [one.source for one in waiters]}
        try:
            async with reachable(self.pool) as connection:
                rows = await (await connection.execute(SQL["progress_of"], wanted)).fetchall()
        except StoreAwayError as away:
            for one in waiters:
                if not one.told.done():
                    one.told.set_exception(away)
            return
        progress = {(subject, source): (seen, parked) for subject, source, seen, parked in rows}
        for one in waiters:
            seen, parked = progress[one.subject, one.source]
            if not one.told.done() and (seen >= one.sequence or parked):
                one.told.set_result(seen >= one.sequence)
