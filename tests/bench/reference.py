"""What the door is compared with: FastAPI and psycopg, one CTE statement and one commit per request.

Written as one writes it well: a pydantic body, a pool, uvloop and httptools; no seal, no policy, no log behind it.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Header
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, Field

from infra.local.folder import HOST

TABLES = """
CREATE TABLE IF NOT EXISTS ticket (
    ticket_id uuid PRIMARY KEY, form text NOT NULL, fields jsonb NOT NULL, accepted_at timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS idempotency (key uuid PRIMARY KEY, ticket_id uuid NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ticket_id uuid NOT NULL, data jsonb NOT NULL);
"""
ACCEPT = """
WITH known AS (
        INSERT INTO idempotency (key, ticket_id) VALUES (%(key)s, %(ticket)s) ON CONFLICT DO NOTHING RETURNING key),
    fresh AS (INSERT INTO ticket (ticket_id, form, fields, accepted_at)
        SELECT %(ticket)s, %(form)s, %(fields)s, clock_timestamp() FROM known RETURNING ticket_id, accepted_at),
    said AS (INSERT INTO outbox (ticket_id, data) SELECT ticket_id, %(fields)s FROM fresh)
SELECT ticket_id, accepted_at FROM fresh
"""


class Body(BaseModel):
    """What is sent."""

    form: str = Field(min_length=1, max_length=64)
    fields: dict[str, str] = Field(max_length=100)
    language: str = "vi"


def build(dsn: str) -> FastAPI:
    """The application on its own database."""
    pool = AsyncConnectionPool(dsn, min_size=20, max_size=20, open=False, kwargs={"autocommit": True})

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        async with pool, pool.connection() as connection:
            await connection.execute(TABLES.encode())
            yield

    app = FastAPI(lifespan=living)

    @app.post("/tickets", status_code=201)
    async def accept(body: Body, idempotency_key: Annotated[uuid.UUID, Header()]) -> dict[str, str]:
        given = {"key": idempotency_key, "ticket": uuid.uuid4(), "form": body.form, "fields": Jsonb(body.fields)}
        async with pool.connection() as connection:
            row = await (await connection.execute(ACCEPT.encode(), given)).fetchone()
        assert row is not None
        return {"ticket_id": str(row[0]), "accepted_at": row[1].isoformat()}

    return app


if __name__ == "__main__":
    uvicorn.run(
        build(os.environ["BENCH_DSN"]),
        host=HOST,
        port=int(os.environ["BENCH_PORT"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
