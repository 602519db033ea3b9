"""Members of query that die, freeze, join and leave while customers write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from infra.local.stack import Service, Stack
from tests.e2e.faults.conftest import Trial
from tests.e2e.faults.watching import checkpoints, held, metric, until, waits_in_database

FOLDED, FENCED = "phieu_events_folded_total", "phieu_batches_fenced_total"


async def folds(*members: Service) -> None:
    """Each of these members owns partitions: it folds something that comes from now on."""
    for member in members:
        before = await asyncio.to_thread(metric, member, FOLDED)
        await until(partial(has_folded, member, before), f"{member.name} folds")


def has_folded(member: Service, before: float) -> bool:
    """Whether it has folded more than that."""
    return metric(member, FOLDED) > before


async def test_without_any_fault_every_promise_holds(trial: Trial) -> None:
    async with trial.busy(at_least=200):
        await trial.goes_on()
    assert await trial.verdict() == []
    assert trial.history.of("refused")
    assert trial.copies() == 0


async def test_query_killed_amid_a_batch_folds_everything_once(platform: Stack, trial: Trial) -> None:
    """Its checkpoints have moved and its tickets are written, but for the messages: nothing of it may stay."""
    query = platform.services["query"]
    async with trial.busy(at_least=200):
        for _ in range(2):
            await trial.goes_on()
            async with held(platform.values["QUERY_DSN"], "query.message"):
                await until(lambda: waits_in_database(platform, query), "query is amid a batch")
                query.kill()
            await asyncio.to_thread(query.start)
    assert await trial.verdict() == []


async def test_a_second_member_joins_and_leaves(platform: Stack, trial: Trial) -> None:
    second = platform.service("query", instance=2)
    async with trial.busy(at_least=200):
        await asyncio.to_thread(second.start)
        await folds(second, platform.services["query"])
        assert await asyncio.to_thread(second.stop), "SIGTERM must be enough"
        await trial.goes_on()
    assert await trial.verdict() == []


async def test_a_member_frozen_past_its_session_writes_nothing_when_it_wakes(
    platform: Stack, trial: Trial, record_property: Callable[[str, object], None]
) -> None:
    """It is frozen with a batch in its hand, keys asked for and not yet opened; its partitions move on meanwhile."""
    query, second = platform.services["query"], platform.service("query", instance=3)
    await asyncio.to_thread(second.start)
    async with trial.busy(at_least=200):
        await folds(second, query)
        async with held(platform.values["KEYS_DSN"], "keys.key", "ACCESS EXCLUSIVE"):
            await until(lambda: waits_in_database(platform, query), "a batch is in hand")
            query.pause()
        at_freezing = await asyncio.to_thread(checkpoints, platform, trial.brand)
        await until(lambda: have_moved(platform, trial.brand, at_freezing), "every partition moves on")
        query.resume()
        fenced = await until(lambda: metric(query, FENCED), "the batch in hand is fenced")
        await folds(second, query)
    record_property("fenced", fenced)
    assert await trial.verdict() == []


def have_moved(platform: Stack, brand: str, before: dict[int, int]) -> bool:
    """Whether query got further in every partition."""
    now = checkpoints(platform, brand)
    return all(now[partition] > offset for partition, offset in before.items())
