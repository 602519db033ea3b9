"""Customers who keep writing while things break, and remember what they were told."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.e2e.checker.history import History, Said

WORKERS = 6
PAUSE_SECONDS = 0.05
RETRY_SECONDS = 0.5
PATIENCE_SECONDS = 120.0
FIELDS = {
    "name": "Khách Thử",
    "email": "khach@example.vn",
    "phone": "0912 345 678",
    "organisation": "Đơn vị Thử",
    "job_title": "Văn thư",
}


class Customers:
    """A closed loop of requests and messages; what has no definite answer is asked again under its key."""

    def __init__(self, intake_url: str, brand: str) -> None:
        self.url = intake_url
        self.brand = brand
        self.history = History()

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[History]:
        """Customers write while the body runs; afterwards everything that was begun is settled."""
        ending = asyncio.Event()
        async with (
            httpx.AsyncClient(base_url=self.url, timeout=5, trust_env=False) as client,
            asyncio.TaskGroup() as all_,
        ):
            for _ in range(WORKERS):
                all_.create_task(self._work(client, ending))
            try:
                yield self.history
            finally:
                ending.set()

    async def _work(self, client: httpx.AsyncClient, ending: asyncio.Event) -> None:
        while not ending.is_set():
            ticket, link = await self.send(client)
            if link and secrets.randbelow(3) == 0:
                await self.add(client, ticket, link)
            await asyncio.sleep(PAUSE_SECONDS)

    async def send(self, client: httpx.AsyncClient) -> tuple[Said, str]:
        """One request; gives it and the token of its private link."""
        said = self._begun("ticket")
        body = {"form": "support_form", "fields": {**FIELDS, "content": said.token}}
        answer = await self._settled(client, said, f"/v1/intake/{self.brand}/tickets", body, {})
        if answer is None:
            return said, ""
        said.ticket_id = answer["ticket_id"]
        return said, str(answer["link"]).rsplit("/", 1)[1]

    async def add(self, client: httpx.AsyncClient, ticket: Said, link: str) -> Said:
        """One message on a ticket."""
        said = self._begun("message")
        said.ticket_id = ticket.ticket_id
        path = f"/v1/intake/tickets/{ticket.ticket_id}/messages"
        await self._settled(client, said, path, {"content": said.token}, {"Authorization": f"Bearer {link}"})
        return said

    def _begun(self, kind: Any) -> Said:
        said = Said(kind=kind, token=f"token-{secrets.token_hex(8)}", key=str(uuid.uuid4()))
        self.history.said.append(said)
        return said

    async def _settled(
        self, client: httpx.AsyncClient, said: Said, path: str, body: dict[str, Any], headers: dict[str, str]
    ) -> dict[str, Any] | None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                said.attempts += 1
                try:
                    answer = await client.post(path, json=body, headers={**headers, "Idempotency-Key": said.key})
                except httpx.HTTPError:
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                if answer.status_code < 500:
                    return self._told(said, answer)
                await asyncio.sleep(RETRY_SECONDS)

    def _told(self, said: Said, answer: httpx.Response) -> dict[str, Any] | None:
        said.outcome = "ok" if answer.status_code == 201 else "refused"
        if said.outcome == "refused":
            return None
        told: dict[str, Any] = answer.json()
        said.sequence = int(told["read_token"].split("/")[1])
        return told
