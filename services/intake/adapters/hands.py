"""How much the door holds in its hands: the bytes of all bodies that are being worked on, counted as they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request
from starlette.types import Message

from services.runtime.errors import BusyError


class Hands:
    """A bound on the bytes of every body together; the one that goes over it is told to come again."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held = 0

    @contextmanager
    def taking(self, request: Request) -> Iterator[Request]:
        """The same request; what arrives of its body counts until the work on it ends. Its reader gets BusyError."""
        taken = 0

        async def receive() -> Message:
            nonlocal taken
            message = await request.receive()
            size = len(message.get("body", b""))
            taken += size
            self.held += size
            if self.held > self.limit:
                raise BusyError
            return message

        try:
            yield Request(request.scope, receive)
        finally:
            self.held -= taken
