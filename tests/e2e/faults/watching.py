"""What a fault must see before it strikes, and how it holds a process where it is to be struck."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import httpx
import psutil
import psycopg

from infra.local.process import Process
from infra.local.stack import Service, Stack
from tests.e2e.checker.gathering import found

PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.05
WAITING = "SELECT client_port FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND client_port IS NOT NULL"
LEADING_AND_WAITING = """SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = 'intake' AND a.wait_event_type = 'Lock'"""

T = TypeVar("T")


async def until(ask: Callable[[], T], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """Ask, in a thread, until the answer is something; give it. Fails when it does not come in time."""
    deadline = time.monotonic() + seconds
    while not (answer := await asyncio.to_thread(ask)):
        assert time.monotonic() < deadline, f"not in time: {what}"
        await asyncio.sleep(LOOK_SECONDS)
    return answer


def metric(service: Service, name: str) -> float:
    """The sum of a metric over its labels, as the process tells it now; 0 where it tells nothing."""
    told = httpx.get(f"{service.url}/metrics", timeout=30, trust_env=False).text
    return sum(float(value) for value in re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", told, re.MULTILINE))


@asynccontextmanager
async def held(dsn: str, table: str, mode: str = "SHARE ROW EXCLUSIVE") -> AsyncIterator[None]:
    """Whoever writes to this table waits in the middle of it, with everything else of its transaction done."""
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        await connection.execute(f"LOCK TABLE {table} IN {mode} MODE".encode())
        try:
            yield
        finally:
            await connection.rollback()


def waits_in_database(platform: Stack, process: Process) -> bool:
    """Whether a connection of this process waits for a lock."""
    assert platform.postgres
    own = {connection.laddr.port for connection in psutil.Process(process.pid).net_connections()}
    return any(port in own for (port,) in found(platform.postgres.admin_dsn, WAITING))


def waiting_relay(platform: Stack) -> int:
    """The session of the relay that leads, while it waits for a lock; 0 while it does not."""
    return next((pid for (pid,) in found(platform.values["INTAKE_DSN"], LEADING_AND_WAITING)), 0)


def outbox(platform: Stack, brand: str) -> int:
    """How many events of the brand intake has not published."""
    asked = "SELECT count(*) FROM intake.outbox WHERE topic = %s"
    return int(found(platform.values["INTAKE_DSN"], asked, f"ticket-events.{brand}")[0][0])


def checkpoints(platform: Stack, brand: str) -> dict[int, int]:
    """How far query is in each partition."""
    asked = "SELECT partition, next_offset FROM query.checkpoint WHERE topic = %s"
    return dict(found(platform.values["QUERY_DSN"], asked, f"ticket-events.{brand}"))
