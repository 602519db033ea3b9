"""What every operation of the door stands on, and who is asking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from phieu_schemas.fold import Brand
from services.intake.adapters.eraser import Eraser
from services.intake.adapters.hands import Hands
from services.intake.adapters.policies import Policies
from services.intake.commands import Command
from services.intake.state import Ticket
from services.runtime import auth, problems
from services.runtime.ask import Answer, Ask
from services.runtime.errors import Refused, StoreAwayError
from services.runtime.facts import Brands
from services.runtime.http import Recorded
from services.runtime.keys import KeyRing, KeyStock
from services.runtime.objects import Objects
from services.runtime.postgres import Pool
from services.runtime.writer import Writer

ANONYMOUS = "anonymous"
DECIDED_SECONDS = 10.0
ANSWERED_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The parts that the operations share."""

    pool: Pool
    writer: Writer[Ticket, Command]
    brands: Brands
    policies: Policies
    ring: KeyRing
    stock: KeyStock
    objects: Objects
    eraser: Eraser
    hands: Hands
    public_url: str
    trace_ratio: float
    clock: Callable[[], datetime]
    caught_up: Callable[[], bool]

    def open(self) -> None:
        """Refused until the service has read its own topics: it could take the same request twice."""
        if not self.caught_up():
            raise Refused("not-ready")

    async def decided(self, ask: Ask[Command]) -> Answer:
        """The durable answer; with Postgres silent 503, and whoever asks again by the same key waits for the same."""
        try:
            async with asyncio.timeout(DECIDED_SECONDS):
                return await self.writer.ask(ask)
        except TimeoutError:
            raise StoreAwayError("store-away") from None

    def brand(self, request: Request) -> Brand:
        """The brand that the path names, live."""
        name = request.path_params["brand"]
        if name not in self.brands.brands and self.brands.loaded and self.brands.brands:
            raise Refused("unknown-brand")
        return self.brands.live(name)

    def caller(self, request: Request, brand: str) -> str:
        """The id of the API key that asks for this brand, or anonymous; Refused for a key that may not write here."""
        if auth.bearer(request) is None:
            return ANONYMOUS
        found, key = auth.allowed(self.brands, request, "tickets:write", self.clock())
        if found.brand != brand:
            raise Refused("not-allowed")
        return key.key_id


async def bounded(work: Coroutine[Any, Any, Response]) -> Response:
    """The answer, or 503 in bounded time; psycopg cannot be cancelled under a silent server, so it is left to end."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=ANSWERED_SECONDS)
    if not done:
        task.add_done_callback(lambda late: late.cancelled() or late.exception())
        raise StoreAwayError("store-away")
    return task.result()


def respond(answer: Answer) -> Response:
    """A recorded answer as a response."""
    if answer.status >= 400:
        return problems.answer(answer.status, answer.body)
    return Recorded(answer.status, answer.body)
