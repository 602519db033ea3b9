"""Broker, database and key store that go away while customers write."""

from __future__ import annotations

import asyncio
import time

import httpx
import psycopg
import pytest

from infra.local.stack import Stack
from tests.e2e.faults.conftest import Trial

AWAY_SECONDS = 20


async def test_the_broker_stopped_for_twenty_seconds(platform: Stack, trial: Trial) -> None:
    """Requests are accepted all the while, and flow on later."""
    assert platform.kafka
    async with trial.customers.busy() as history:
        await asyncio.sleep(1)
        await asyncio.to_thread(platform.kafka.stop)
        before = len(history.of("ok"))
        await asyncio.sleep(AWAY_SECONDS)
        assert len(history.of("ok")) > before + 20
        await asyncio.to_thread(platform.kafka.start)
    assert await trial.verdict() == []


async def test_the_broker_killed(platform: Stack, trial: Trial) -> None:
    assert platform.kafka
    async with trial.customers.busy():
        await asyncio.sleep(2)
        platform.kafka.kill()
        await asyncio.to_thread(platform.kafka.start)
        await asyncio.sleep(2)
    assert await trial.verdict() == []


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
async def test_postgres_away_for_a_while(platform: Stack, trial: Trial, killed: bool) -> None:
    """Callers hear 503 in bounded time, and everything heals by itself."""
    assert platform.postgres
    async with trial.customers.busy():
        await asyncio.sleep(2)
        await asyncio.to_thread(platform.postgres.kill if killed else platform.postgres.stop)
        async with httpx.AsyncClient(base_url=platform.url("intake"), timeout=10, trust_env=False) as client:
            began = time.monotonic()
            ready = await client.get("/readyz")
            assert ready.status_code == 503
            assert time.monotonic() - began < 8
        await asyncio.sleep(0 if killed else AWAY_SECONDS)
        await asyncio.to_thread(platform.postgres.start)
    assert await trial.verdict() == []


async def test_the_key_store_away_stops_neither_accepting_nor_for_good_folding(platform: Stack, trial: Trial) -> None:
    """Stock and known keys go on; a partition whose key cannot be reached waits and then goes on."""
    assert platform.postgres
    with psycopg.connect(platform.postgres.admin_dsn, autocommit=True) as admin:
        try:
            async with trial.customers.busy() as history:
                await asyncio.sleep(1)
                for role in ("keys_writer", "keys_reader"):
                    admin.execute(f"ALTER ROLE {role} NOLOGIN")
                admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'keys_%'")
                before = len(history.of("ok"))
                await asyncio.sleep(4)
                assert len(history.of("ok")) > before + 20
                for role in ("keys_writer", "keys_reader"):
                    admin.execute(f"ALTER ROLE {role} LOGIN")
        finally:
            for role in ("keys_writer", "keys_reader"):
                admin.execute(f"ALTER ROLE {role} LOGIN")
    assert await trial.verdict() == []
