"""Intake as it runs: its door, its tables, its objects, its log, and what it published."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition

from infra.local.stack import Service, Stack
from phieu_schemas.codec import Recorded, decode
from phieu_schemas.topics import TICKET_EVENTS
from services.intake.store import TABLES
from tests.integration.intake.declared import PARTITIONS, ApiKey, Declared

FIELDS = {
    "name": "Nguyễn Thị Hoa",
    "email": "hoa@example.vn",
    "phone": "0975 674 781",
    "organisation": "Công ty Sen",
    "job_title": "Kế toán",
    "content": "Máy chủ không vào được từ sáng nay.",
}


def eventually(seen: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until it is so; after the time, fail."""
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.05)


def fresh_address() -> str:
    """An address nobody wrote from before."""
    return f"a{uuid.uuid4().hex}@example.vn"


class Intake:
    """One running service, and everything around it that a test may look at."""

    def __init__(self, stack: Stack, brand: str, key: ApiKey) -> None:
        self.stack = stack
        self.brand = brand
        self.key = key
        assert stack.kafka is not None
        self.declared = Declared(stack.kafka.bootstrap)
        self.http = httpx.Client(base_url=stack.url("intake"), timeout=40.0)

    @property
    def process(self) -> Service:
        """The process that serves."""
        return self.stack.services["intake"]

    @property
    def log(self) -> str:
        """All that it said."""
        return self.process.log.read_text()

    # --- asking ---

    def headers(self, key: object = None, bearer: str | None = None) -> dict[bytes, bytes]:
        """An idempotency key, fresh unless given, and who asks."""
        found = {b"Idempotency-Key": str(key or uuid.uuid4()).encode()}
        return {**found, b"Authorization": f"Bearer {bearer}".encode()} if bearer else found

    def send(self, *, key: object = None, brand: str = "", bearer: str | None = None, **fields: str) -> httpx.Response:
        """Send the form, with these fields changed."""
        body = {"form": "support_form", "fields": {**FIELDS, **fields}}
        path = f"/v1/intake/{brand or self.brand}/tickets"
        return self.http.post(path, json=body, headers=self.headers(key, bearer))

    def sent(self, **fields: str) -> dict[str, str]:
        """A ticket of somebody new, or of who is named; its answer."""
        answer = self.send(**{"email": fresh_address(), **fields})
        assert answer.status_code == 201, answer.text
        found: dict[str, str] = answer.json()
        return found

    def write(self, ticket_id: str, bearer: str, content: str = "Thêm một dòng.", key: object = None) -> httpx.Response:
        """Add a message to a ticket."""
        return self.http.post(
            f"/v1/intake/tickets/{ticket_id}/messages", json={"content": content}, headers=self.headers(key, bearer)
        )

    def erase(self, bearer: str | None = None, key: object = None, **whom: str) -> httpx.Response:
        """Ask that somebody's data be gone."""
        headers = self.headers(key, bearer or self.key.text)
        return self.http.post("/v1/intake/erasures", json=whom, headers=headers)

    def readiness(self) -> tuple[int, Mapping[str, str]]:
        """What /readyz says."""
        answer = self.http.get("/readyz")
        return answer.status_code, answer.json()["waiting_for"]

    # --- looking ---

    def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of intake's own schema."""
        with psycopg.connect(self.stack.values["INTAKE_DSN"]) as connection:
            return connection.execute(question.encode(), values).fetchall()

    def counts(self) -> dict[str, int]:
        """Rows of every table that says what was taken in, once the outbox is empty; and the objects."""
        eventually(lambda: not self.rows("SELECT 1 FROM outbox"), 60)
        tables = (*TABLES.written, *TABLES.kept, *TABLES.ledger)
        counted = self.rows(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables))
        return dict(counted) | {"objects": len(self.objects())}

    @contextmanager
    def adding(self, **expected: int) -> Iterator[None]:
        """What is done meanwhile adds exactly these rows and objects: by default nothing."""
        before = self.counts()
        yield
        after = self.counts()
        added = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        assert added == expected, f"added {added}, not {expected}"

    def objects(self, ticket_id: str = "") -> list[Path]:
        """The files in the object folder, of one ticket or of all."""
        return [path for path in self.stack.folder.attachments.rglob("*") if path.is_file() and ticket_id in str(path)]

    def published(self, *, brand: str = "", until: Callable[[list[Recorded]], object]) -> list[Recorded]:
        """The ticket events of a brand from the beginning, once they satisfy."""
        return asyncio.run(self._published(TICKET_EVENTS.name(brand or self.brand), until))

    async def _published(self, topic: str, until: Callable[[list[Recorded]], object]) -> list[Recorded]:
        assert self.stack.kafka is not None
        consumer = AIOKafkaConsumer(bootstrap_servers=self.stack.kafka.bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            found: list[Recorded] = []
            async with asyncio.timeout(120):
                while not until(found):
                    for records in (await consumer.getmany(timeout_ms=200)).values():
                        found += [decode(one.key, one.value, one.headers, topic=topic) for one in records]
            return found
        finally:
            await consumer.stop()
