"""Customers who keep writing while things break, and remember what they were told."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.e2e.checker.history import History, Said

WORKERS = 8
GIVING_UP = 2
PAUSE_SECONDS = 0.02
RETRY_SECONDS = 0.3
PATIENCE_SECONDS = 120.0
FIELDS = {
    "name": "Khách Thử",
    "email": "khach@example.vn",
    "phone": "0912 345 678",
    "organisation": "Đơn vị Thử",
    "job_title": "Văn thư",
}


class Customers:
    """A closed loop of requests and messages; what has no definite answer is asked again under its key, or given up."""

    def __init__(self, intake_url: str, brand: str) -> None:
        self.url = intake_url
        self.brand = brand
        self.history = History(f"token-{secrets.token_hex(6)}-")

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[History]:
        """Customers write while the body runs; afterwards everything that was begun is settled."""
        ending = asyncio.Event()
        async with (
            httpx.AsyncClient(base_url=self.url, timeout=5, trust_env=False) as client,
            asyncio.TaskGroup() as all_,
        ):
            for number in range(WORKERS):
                all_.create_task(Worker(self, client, gives_up=number < GIVING_UP).work(ending))
            try:
                yield self.history
            finally:
                ending.set()


class Worker:
    """One customer after the other; `gives_up` after a first failure, or asks until there is an answer."""

    def __init__(self, customers: Customers, client: httpx.AsyncClient, *, gives_up: bool) -> None:
        self.customers = customers
        self.client = client
        self.gives_up = gives_up

    async def work(self, ending: asyncio.Event) -> None:
        """Write until it ends: requests, some with a file, some with a message to follow, some that are refused."""
        while not ending.is_set():
            chance = secrets.randbelow(12)
            ticket, link = await self.send(FIELDS, with_file=chance < 3)
            if link and chance % 3 == 0:
                await self.add(ticket, link)
            if chance == 1:
                await self.send({**FIELDS, "email": "not an address"}, is_wrong=True)
            await asyncio.sleep(PAUSE_SECONDS)

    async def send(
        self, fields: Mapping[str, str], *, with_file: bool = False, is_wrong: bool = False
    ) -> tuple[Said, str]:
        """One request; gives it and the token of its private link."""
        said = self._begun(kind="ticket", is_wrong=is_wrong)
        said.file = f"tệp {said.token}.txt" if with_file else ""
        body = {"form": "support_form", "fields": {**fields, "content": said.token}}
        answer = await self._settled(said, f"/v1/intake/{self.customers.brand}/tickets", body, {})
        if answer is None:
            return said, ""
        said.ticket_id, said.number = answer["ticket_id"], answer["number"]
        return said, str(answer["link"]).rsplit("/", 1)[1]

    async def add(self, ticket: Said, link: str) -> None:
        """One message on a ticket."""
        said = self._begun(kind="message")
        said.ticket_id = ticket.ticket_id
        path = f"/v1/intake/tickets/{ticket.ticket_id}/messages"
        await self._settled(said, path, {"content": said.token}, {"Authorization": f"Bearer {link}"})

    def _begun(self, *, kind: Any, is_wrong: bool = False) -> Said:
        history = self.customers.history
        said = Said(
            kind=kind,
            token=f"{history.prefix}{secrets.token_hex(8)}",
            key=str(uuid.uuid4()),
            gives_up=self.gives_up,
            is_wrong=is_wrong,
        )
        history.said.append(said)
        return said

    async def _settled(
        self, said: Said, path: str, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """The answer to what was accepted; None where it was refused, given up, or not settled in time."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + PATIENCE_SECONDS
        while clock() < deadline:
            said.attempts += 1
            answer = await self._asked(said, path, body, {**headers, "Idempotency-Key": said.key})
            if answer is not None and answer.status_code < 500:
                return _told(said, answer)
            await asyncio.sleep(RETRY_SECONDS)
            if said.gives_up:
                return None
        return None

    async def _asked(
        self, said: Said, path: str, body: Mapping[str, Any], headers: dict[str, str]
    ) -> httpx.Response | None:
        try:
            if not said.file:
                return await self.client.post(path, json=body, headers=headers)
            document = (None, json.dumps(body).encode(), "application/json")
            file = (said.file, said.token.encode(), "text/plain")
            return await self.client.post(path, files={"ticket": document, "file": file}, headers=headers)
        except httpx.HTTPError:
            return None


def _told(said: Said, answer: httpx.Response) -> dict[str, Any] | None:
    said.outcome = "ok" if answer.status_code == 201 else "refused"
    if said.outcome == "refused":
        return None
    told: dict[str, Any] = answer.json()
    said.sequence = int(told["read_token"].split("/")[1])
    return told
