"""Processes that die, freeze, join and leave while customers write."""

from __future__ import annotations

import asyncio

from infra.local.stack import Stack
from tests.e2e.faults.conftest import Trial


async def test_without_any_fault_every_promise_holds(trial: Trial) -> None:
    async with trial.customers.busy():
        await asyncio.sleep(4)
    assert await trial.verdict() == []


async def test_intake_killed_amid_requests_loses_and_doubles_nothing(platform: Stack, trial: Trial) -> None:
    intake = platform.services["intake"]
    async with trial.customers.busy():
        for _ in range(3):
            await asyncio.sleep(2)
            intake.kill()
            await asyncio.to_thread(intake.start)
    assert await trial.verdict() == []


async def test_what_was_accepted_while_the_broker_was_silent_outlives_the_relay(platform: Stack, trial: Trial) -> None:
    """Killed between commit and relay: the outbox is all that is left of them."""
    assert platform.kafka
    intake = platform.services["intake"]
    async with trial.customers.busy():
        await asyncio.sleep(1)
        platform.kafka.pause()
        await asyncio.sleep(3)
        intake.kill()
        platform.kafka.resume()
        await asyncio.to_thread(intake.start)
    assert await trial.verdict() == []


async def test_query_killed_amid_a_batch_folds_everything_once(platform: Stack, trial: Trial) -> None:
    query = platform.services["query"]
    async with trial.customers.busy():
        for _ in range(2):
            await asyncio.sleep(2)
            query.kill()
            await asyncio.to_thread(query.start)
    assert await trial.verdict() == []


async def test_a_second_member_joins_and_leaves(platform: Stack, trial: Trial) -> None:
    second = platform.service("query", instance=2)
    async with trial.customers.busy():
        await asyncio.to_thread(second.start)
        await asyncio.sleep(4)
        assert await asyncio.to_thread(second.stop), "SIGTERM must be enough"
        await asyncio.sleep(1)
    assert await trial.verdict() == []


async def test_a_member_frozen_past_its_session_writes_nothing_when_it_wakes(platform: Stack, trial: Trial) -> None:
    query = platform.services["query"]
    second = platform.service("query", instance=3)
    await asyncio.to_thread(second.start)
    try:
        async with trial.customers.busy():
            await asyncio.sleep(2)
            query.pause()
            await asyncio.sleep(16)
            query.resume()
            await asyncio.sleep(3)
        assert await trial.verdict() == []
    finally:
        query.resume()
        await asyncio.to_thread(second.stop)
