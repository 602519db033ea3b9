"""Postgres: named queries from .sql files, migrations under a lock, and one way to say that it is away."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from services.runtime.errors import StoreAwayError

LOG = logging.getLogger(__name__)
RUNTIME_SQL = Path(__file__).parent / "sql"
Connection = AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]
AWAY = (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout, PoolTimeout, TooManyRequests)
"""The second is an InternalError to psycopg: a process that was frozen inside a transaction meets it on waking."""
NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
START_SECONDS = 120
SESSION = "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=30s"


def queries(*folders: Path) -> dict[str, str]:
    """The `-- name: x` blocks of each folder's queries.sql."""
    found: dict[str, str] = {}
    for folder in folders:
        parts = NAME.split((folder / "queries.sql").read_text(encoding="utf-8"))
        found |= {name: text.strip().rstrip(";") for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    return found


def pool(dsn: str, schema: str, *, size: int, options: str = SESSION) -> Pool:
    """A pool, not yet open, whose connections live in one schema and give up rather than hang."""
    kwargs = {
        "options": f"{options} -c search_path={schema}",
        "application_name": schema,
        "connect_timeout": 3,
    }
    kwargs |= {"keepalives_idle": 5, "tcp_user_timeout": 10_000}
    return AsyncConnectionPool(
        dsn,
        kwargs={**kwargs, "autocommit": True},
        min_size=1,
        max_size=size,
        timeout=2.0,
        reconnect_timeout=3.0,
        open=False,
        check=AsyncConnectionPool.check_connection,
    )


@asynccontextmanager
async def reachable(found: Pool) -> AsyncIterator[Connection]:
    """A connection of the pool; whatever says that Postgres is away becomes StoreAwayError."""
    try:
        async with found.connection() as connection:
            yield connection
    except AWAY as error:
        raise StoreAwayError("store-away") from error


async def opened(found: Pool) -> None:
    """Open a pool, waiting a bounded time for a Postgres that is still starting."""
    async with asyncio.timeout(START_SECONDS):
        await found.open()
        while True:
            try:
                async with found.connection():
                    return
            except AWAY:
                LOG.warning("waiting for Postgres")
                await asyncio.sleep(1)


async def migrate(found: Pool, schema: str, folders: Sequence[Path]) -> None:
    """Apply the numbered files of each folder that this schema has not had, in order, under one lock."""
    files = [found for folder in folders for found in _numbered(folder)]
    async with found.connection() as connection, connection.transaction():
        # The limits of a session are for requests: a migration may take long, and another process waits for it.
        await connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"migrate {schema}",))
        if not await _exists(connection, schema):
            await connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (file text PRIMARY KEY, hash text NOT NULL, at timestamptz NOT NULL)"
        )
        for name, text in files:
            await _apply(connection, name, text)


async def _exists(connection: Connection, schema: str) -> bool:
    found = await connection.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", (schema,))
    return await found.fetchone() is not None


class MigrationChangedError(Exception):
    """A migration that was applied has changed since: until 1.0 `make reset`, after it a new file."""


def _numbered(folder: Path) -> list[tuple[str, str]]:
    files = sorted(folder.glob("[0-9]*.sql"))
    return [(f"{file.parent.name}/{file.name}", file.read_text(encoding="utf-8")) for file in files]


async def _apply(connection: Connection, name: str, text: str) -> None:
    digest = hashlib.sha256(text.encode()).hexdigest()
    cursor = await connection.execute("SELECT hash FROM migration WHERE file = %s", (name,))
    row = await cursor.fetchone()
    if row and row[0] != digest:
        LOG.critical("a migration has changed since it was applied: run `make reset`", extra={"path": name})
        raise MigrationChangedError(f"{name} has changed since it was applied; run `make reset`")
    if row is None:
        await connection.execute(text.encode())
        await connection.execute("INSERT INTO migration (file, hash, at) VALUES (%s, %s, now())", (name, digest))
        LOG.info("migrated", extra={"path": name})


async def answers(found: Pool) -> str | None:
    """A readiness check: None when Postgres answers."""
    try:
        async with reachable(found) as connection:
            await connection.execute("SELECT 1")
    except StoreAwayError:
        return "postgres does not answer"
    return None
