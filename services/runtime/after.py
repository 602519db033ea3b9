"""Reading one's own writes: an answer that waits, bounded, until an event has been applied here."""

from __future__ import annotations

import asyncio
import contextlib
import re

from starlette.requests import Request

from services.runtime.errors import Refused
from services.runtime.postgres import RUNTIME_SQL, Pool, queries, reachable

SQL = queries(RUNTIME_SQL / "reader")
TOKEN = re.compile(r"([a-z]{1,40})/([1-9][0-9]{0,17})/([0-9a-z-]{1,64})")
WAIT_SECONDS = 2.0
LOOK_SECONDS = 0.05


def token_of(source: str, sequence: int, subject: str) -> str:
    """A read token: what to wait for. It grants nothing."""
    return f"{source}/{sequence}/{subject}"


class After:
    """Waits for events to have been folded by this service, whichever of its members folds them."""

    def __init__(self, pool: Pool, sources: frozenset[str]) -> None:
        """`sources` are those that this service reads; of any other an event counts as applied."""
        self.pool = pool
        self.sources = sources
        self.folded = asyncio.Event()

    def wake(self) -> None:
        """A batch was folded by this process."""
        self.folded.set()
        self.folded = asyncio.Event()

    async def applied(self, request: Request) -> bool:
        """Whether what the request's Phieu-After names has been applied, after waiting two seconds at most."""
        header = request.headers.get("phieu-after")
        if header is None:
            return True
        shape = TOKEN.fullmatch(header)
        if shape is None:
            raise Refused("read-token-not-valid")
        source, sequence, subject = shape[1], int(shape[2]), shape[3]
        if source not in self.sources:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                return await self._wait(source, sequence, subject)
        return False

    async def _wait(self, source: str, sequence: int, subject: str) -> bool:
        while True:
            folded = self.folded
            async with reachable(self.pool) as connection:
                cursor = await connection.execute(SQL["progress_of"], {"subject": subject, "source": source})
                seen, parked = await cursor.fetchone() or (0, False)
            if seen >= sequence or parked:
                return bool(seen >= sequence)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(folded.wait(), LOOK_SECONDS)
