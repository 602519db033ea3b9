"""Erasure, carried through: the intention is durable, the keys go, `erased` is said, objects and answers go."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from phieu_schemas.fact import Fact
from services.intake.adapters.erasure_book import ErasureBook, Open, Wanted
from services.intake.commands import Command, EraseTicket
from services.intake.state import Ticket
from services.runtime.ask import Answer, Ask
from services.runtime.errors import RetryableError
from services.runtime.ids import derived_id
from services.runtime.keys import KeyStock
from services.runtime.objects import Objects
from services.runtime.writer import Writer

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 5.0
ANSWERED_SECONDS = 5.0
BATCH = 50


class Eraser:
    """A supervised loop: whatever was asked and not finished, by this process or one that died, is finished here."""

    name = "eraser"

    def __init__(
        self,
        *,
        book: ErasureBook,
        writer: Writer[Ticket, Command],
        stock: KeyStock,
        objects: Objects,
        caught_up: Callable[[], bool],
    ) -> None:
        self.book = book
        self.writer = writer
        self.stock = stock
        self.objects = objects
        self.caught_up = caught_up
        self.asked = asyncio.Event()
        self.settled = asyncio.Event()
        self.stopping = False

    async def ask(self, wanted: Wanted) -> tuple[list[str], set[str]]:
        """Make it durable and wait a few seconds; gives its tickets, and those of them that are not finished yet."""
        tickets = await self.book.ask(wanted)
        self.asked.set()
        clock = asyncio.get_running_loop().time
        deadline = clock() + ANSWERED_SECONDS
        while True:
            settled = self.settled
            left = await self.book.left(tickets)
            if not left or clock() >= deadline:
                return tickets, left
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await settled.wait()

    async def run(self) -> None:
        """Finish what is due, every few seconds and when asked, until stopped."""
        while not self.stopping:
            self.asked.clear()
            try:
                await self.finish()
            except RetryableError as error:
                LOG.warning("erasures wait", extra={"error": type(error).__name__})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.asked.wait(), LOOK_SECONDS)

    async def stop(self) -> None:
        """Finish the batch in hand."""
        self.stopping = True
        self.asked.set()

    async def finish(self) -> None:
        """Destroy the keys of all that is open, then carry out what is due; one that fails holds up no other."""
        if not self.caught_up():
            return
        if keys := await self.book.keys():
            await self.stock.delete(keys)
        while not self.stopping and (due := await self.book.due(BATCH)):
            await self.stock.delete([one.key_id for one in due])  # some may have been asked for since
            outcomes = await asyncio.gather(*map(self._erase, due), return_exceptions=True)
            await self._settle(due, outcomes)

    async def _settle(self, due: Sequence[Open], outcomes: Sequence[BaseException | None]) -> None:
        failed = {one.ticket_id: error for one, error in zip(due, outcomes, strict=True) if error}
        for ticket_id, error in failed.items():
            log = LOG.warning if isinstance(error, RetryableError) else LOG.error
            log("an erasure failed and is tried again", exc_info=error, extra={"subject": ticket_id})
        done = [one.ticket_id for one in due if one.ticket_id not in failed]
        await self.book.settle(done=done, failed=list(failed))
        self.settled.set()
        self.settled = asyncio.Event()

    async def _erase(self, due: Open) -> None:
        """Each step may be done twice: the next run begins at the first again."""
        await self.writer.ask(
            Ask(
                scope="erasure",
                key=derived_id("erasure", due.ticket_id),
                fingerprint=b"",
                brand=due.brand,
                subject=due.ticket_id,
                facts=due.facts,
                command=lambda at: EraseTicket(reason=due.reason, at=at),
                reply=partial(_reply, due.ticket_id),
            )
        )
        # Only now: a message that was under way has either stored its file before, or is refused from here on.
        for path in await self.objects.paths_under(f"{due.brand}/{due.ticket_id}/"):
            await self.objects.delete(path)


def _reply(ticket_id: str, _at: datetime, _sequence: int, _facts: tuple[Fact, ...]) -> Answer:
    return Answer(200, json.dumps({"erased": ticket_id}).encode())
