"""Query as it runs, in the test's own loop: its door, its tables, and what may be done by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import sql

from infra.local.folder import HOST, free_port
from infra.local.provision import KEYS_READER, Provision
from services.query.app import build
from services.query.settings import QuerySettings
from services.query.store import TABLES
from services.runtime.service import Service, serve
from tests.integration.query.telling import Slip

SECONDS = 20.0


async def eventually(seen: Callable[[], Awaitable[object]], seconds: float = SECONDS) -> None:
    """Wait until it is so; after the time, fail."""
    async with asyncio.timeout(seconds):
        while not await seen():
            await asyncio.sleep(0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a query is given: its folder, its broker, its databases."""

    folder: Path
    brokers: str
    postgres: Provision

    @property
    def master_key_file(self) -> Path:
        """The key that wraps all keys."""
        return self.folder / "master.key"

    @property
    def attachments_url(self) -> str:
        """Where the objects lie."""
        return (self.folder / "attachments").resolve().as_uri()

    def settings(self) -> QuerySettings:
        """As they would come from the environment."""
        return QuerySettings.model_validate(
            {
                "dsn": self.postgres.dsn("query"),
                "port": free_port(set()),
                "KAFKA_BOOTSTRAP_SERVERS": self.brokers,
                "KAFKA_METADATA_MAX_AGE_MS": 300,
                "KEYS_CACHE_SECONDS": 0.5,
                "KEYS_DSN": self.postgres.dsn(KEYS_READER),
                "KEYS_MASTER_KEY_FILE": self.master_key_file,
                "ATTACHMENTS_URL": self.attachments_url,
            }
        )

    async def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of query's own schema."""
        async with await psycopg.AsyncConnection.connect(self.postgres.dsn("query")) as connection:
            cursor = await connection.execute(question.encode(), values)
            return await cursor.fetchall()

    async def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every folded table, row by row."""
        return {name: await self.rows(f"SELECT * FROM {name} ORDER BY 1, 2, 3") for name in TABLES.folded}

    async def let_keys_answer(self, *, answering: bool) -> None:
        """Cut the key store off, or let it be reached again."""
        admin, keys = self.postgres.admin_dsn, self.postgres.keys
        async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
            words = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
            await connection.execute(words.format(sql.Identifier(keys), sql.Literal(answering)))
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            await connection.execute(ended, (keys,))


@dataclass(frozen=True, slots=True)
class Query:
    """One running query, and what may be asked of it."""

    place: Place
    service: Service
    http: httpx.AsyncClient

    async def ask(
        self, path: str, bearer: str | None = None, after: str | None = None, **params: str
    ) -> httpx.Response:
        """Ask, as somebody, after something."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        if after:
            headers["Phieu-After"] = after
        return await self.http.get(f"/v1/query/{path}", headers=headers, params=params)

    async def mine(self, slip: Slip, after: str | None = None) -> httpx.Response:
        """What the ticket's link opens, once its last event was folded."""
        return await self.ask("my/ticket", slip.link, after or slip.read_token)

    async def has(self, *slips: Slip) -> None:
        """Wait until the last event told of each ticket is in the tables."""

        async def so() -> bool:
            seen = dict(await self.place.rows("SELECT subject, sequence FROM seen WHERE source = 'intake'"))
            return all(seen.get(slip.ticket_id, 0) >= slip.sequence for slip in slips)

        await eventually(so)

    async def knows(self, key: str) -> None:
        """Wait until the API key is known."""

        async def so() -> bool:
            return (await self.ask("tickets", key)).status_code not in {401, 503}

        await eventually(so)

    async def parked(self, slip: Slip, *causes: str) -> None:
        """Wait until this is parked of the ticket, in this order."""

        async def so() -> bool:
            found = await self.place.rows(
                'SELECT cause FROM parked WHERE subject = %s ORDER BY "offset"', slip.ticket_id
            )
            return [cause for (cause,) in found] == list(causes)

        await eventually(so)


@asynccontextmanager
async def running(place: Place, *, but_for: frozenset[str] = frozenset()) -> AsyncIterator[Query]:
    """A query, ready but for these checks, until the block ends; it must end cleanly."""
    settings, stopping = place.settings(), asyncio.Event()
    service = build(settings)
    task = asyncio.create_task(serve(service, stopping))
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{settings.port}", timeout=30) as http:

        async def ready() -> bool:
            if task.done():
                await task
            try:
                return set((await http.get("/readyz")).json()["waiting_for"]) <= but_for
            except httpx.TransportError:
                return False

        await eventually(ready)
        try:
            yield Query(place, service, http)
        finally:
            stopping.set()
            await task
