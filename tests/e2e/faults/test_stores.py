"""Broker, database and key store that go away while customers write."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from infra.local.stack import Stack
from tests.e2e.faults.conftest import Trial
from tests.e2e.faults.watching import metric, outbox, until
from tests.e2e.readiness import let_in

AWAY_SECONDS = 20
BOUNDED_SECONDS = 30


async def test_the_broker_stopped_for_twenty_seconds(platform: Stack, trial: Trial) -> None:
    """Requests are accepted all the while, and flow on later."""
    assert platform.kafka
    async with trial.busy(at_least=200) as history:
        await trial.goes_on()
        await asyncio.to_thread(platform.kafka.stop)
        before = len(history.of("ok"))
        await asyncio.sleep(AWAY_SECONDS)
        assert len(history.of("ok")) > before + 20
        assert outbox(platform, trial.brand) > 20
        await asyncio.to_thread(platform.kafka.start)
        await trial.goes_on()
    assert await trial.verdict() == []


async def test_the_broker_killed(platform: Stack, trial: Trial) -> None:
    assert platform.kafka
    async with trial.busy(at_least=200):
        await trial.goes_on()
        platform.kafka.kill()
        await until(lambda: outbox(platform, trial.brand) > 20, "what is accepted waits")
        await asyncio.to_thread(platform.kafka.start)
        await trial.goes_on()
    assert await trial.verdict() == []


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
async def test_postgres_away_for_a_while(platform: Stack, trial: Trial, killed: bool) -> None:
    """Callers hear 503 in bounded time, and everything heals by itself."""
    assert platform.postgres
    async with trial.busy(at_least=200):
        await trial.goes_on()
        await asyncio.to_thread(platform.postgres.kill if killed else platform.postgres.stop)
        for name in ("intake", "query"):
            async with httpx.AsyncClient(timeout=2 * BOUNDED_SECONDS, trust_env=False) as client:
                began = time.monotonic()
                ready = await client.get(f"{platform.url(name)}/readyz")
                took = time.monotonic() - began
            assert (ready.status_code, took < BOUNDED_SECONDS) == (503, True), f"{name} took {took:.1f} s"
        await asyncio.sleep(0 if killed else AWAY_SECONDS)
        await asyncio.to_thread(platform.postgres.start)
        await trial.goes_on()
    assert trial.history.interrupted
    assert await trial.verdict() == []


async def test_the_key_store_away_stops_neither_accepting_nor_for_good_folding(platform: Stack, trial: Trial) -> None:
    """Stock and known keys go on; a partition whose key cannot be reached waits and then goes on."""
    assert platform.postgres
    query = platform.services["query"]
    async with trial.busy(at_least=200) as history:
        await trial.goes_on()
        await asyncio.to_thread(let_in, platform.postgres.admin_dsn, is_in=False)
        before = len(history.of("ok"))
        await until(lambda: metric(query, "phieu_partitions_waiting"), "a partition waits for a key")
        await until(lambda: len(history.of("ok")) > before + 20, "requests are accepted all the same")
        await asyncio.to_thread(let_in, platform.postgres.admin_dsn)
        await trial.goes_on()
    assert await trial.verdict() == []
