"""Intake as the pages need it: brands and their forms, new tickets, further messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.web.adapters.answers import Accepted, Added, Brand, Brands, ListedBrand
from services.web.adapters.upstream import AwayError, Declined, Upstream, read

MAX_REMEMBERED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenFile:
    """The file that a person chose."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What is sent: a document, perhaps with a file, under a key that makes it happen once."""

    key: str
    document: Mapping[str, Any]
    file: ChosenFile | None = None


class Intake:
    """Asks intake; remembers each brand's form, so that a page can be shown while intake is away."""

    def __init__(self, upstream: Upstream, *, reading_seconds: float) -> None:
        self.upstream = upstream
        self.reading_seconds = reading_seconds
        self.remembered: dict[str, Brand] = {}

    async def brands(self) -> tuple[ListedBrand, ...]:
        """The brands that take requests."""
        response = await self.upstream.ask("GET", "/v1/intake/brands", {}, seconds=self.reading_seconds)
        return read(Brands, response).brands

    async def brand(self, brand: str) -> Brand:
        """A brand and its forms; as last heard when intake is away."""
        try:
            path = f"/v1/intake/{brand}/forms"
            found = read(Brand, await self.upstream.ask("GET", path, {}, seconds=self.reading_seconds))
        except AwayError:
            if brand not in self.remembered:
                raise
            return self.remembered[brand]
        except Declined:
            self.remembered.pop(brand, None)
            raise
        if len(self.remembered) < MAX_REMEMBERED:
            self.remembered[brand] = found
        return found

    async def open(self, brand: str, write: Write, trace: Mapping[str, str]) -> Accepted:
        """Send a request under its key."""
        headers = {"Idempotency-Key": write.key, **trace}
        content = _content("ticket", write)
        return read(Accepted, await self.upstream.ask("POST", f"/v1/intake/{brand}/tickets", headers, **content))

    async def add(self, ticket_id: UUID, token: str, write: Write, trace: Mapping[str, str]) -> Added:
        """Send a further message under its key."""
        headers = {"Idempotency-Key": write.key, "Authorization": f"Bearer {token}", **trace}
        path = f"/v1/intake/tickets/{ticket_id}/messages"
        return read(Added, await self.upstream.ask("POST", path, headers, **_content("message", write)))


def _content(part: str, write: Write) -> dict[str, Any]:
    if write.file is None:
        return {"json": write.document}
    text = json.dumps(write.document, ensure_ascii=False).encode()
    file = write.file
    return {
        "files": {
            part: (None, text, "application/json"),
            "file": (file.name, file.content, file.media_type),
        }
    }
