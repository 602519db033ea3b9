"""Records that come twice, late or with a gap, and whose keys are gone."""

from __future__ import annotations

import asyncio

from infra.local.stack import Stack
from tests.e2e.faults.conftest import Trial
from tests.e2e.faults.made_up import MadeUp, contents, deliver_again, parked, produce, with_header
from tests.e2e.faults.watching import metric, until

DUPLICATES, UNKNOWN = "phieu_events_duplicate_total", "phieu_events_unknown_total"


async def test_all_that_customers_said_delivered_again_changes_nothing(platform: Stack, trial: Trial) -> None:
    query = platform.services["query"]
    async with trial.busy(at_least=200):
        await trial.goes_on()
    assert await trial.verdict() == []
    said, dropped = trial.lines, await asyncio.to_thread(metric, query, DUPLICATES)
    async with trial.busy(at_least=250):
        await deliver_again(platform, said)
    assert await trial.verdict() == []
    assert trial.copies() >= len(said) >= 200
    assert await asyncio.to_thread(metric, query, DUPLICATES) >= dropped + len(said)


async def test_what_comes_late_waits_for_what_is_missing_and_then_closes_in_order(
    platform: Stack, trial: Trial
) -> None:
    made_up = MadeUp(platform)
    first, second, third = made_up.received("one"), made_up.supplemented(2, "two"), made_up.supplemented(3, "three")
    async with trial.busy(at_least=20):
        await produce(platform, [first, third])
        await until(lambda: parked(platform, made_up) == ["gap"], "the third waits")
        assert contents(platform, made_up) == ["one"]
        await trial.goes_on()
        await produce(platform, [second])
        await until(lambda: contents(platform, made_up) == ["one", "two", "three"], "the gap closes")
        assert parked(platform, made_up) == []
    assert await trial.verdict() == []


async def test_an_unknown_type_is_passed_over_and_its_ticket_goes_on(platform: Stack, trial: Trial) -> None:
    made_up, query = MadeUp(platform), platform.services["query"]
    later = with_header(made_up.supplemented(2), "ce_type", b"phieu.ticket.celebrated.v1")
    before = await asyncio.to_thread(metric, query, UNKNOWN)
    async with trial.busy(at_least=20):
        await produce(platform, [made_up.received("one"), later, made_up.supplemented(3, "two", message=2)])
        await until(lambda: contents(platform, made_up) == ["one", "two"], "its ticket goes on")
        assert parked(platform, made_up) == []
    assert await asyncio.to_thread(metric, query, UNKNOWN) == before + 1
    assert await trial.verdict() == []


async def test_a_key_unknown_parks_and_a_key_deleted_folds_as_erased(platform: Stack, trial: Trial) -> None:
    unknown, deleted = MadeUp(platform, stored=False), MadeUp(platform)
    deleted.delete_key()
    async with trial.busy(at_least=20):
        await produce(platform, [unknown.received(), deleted.received()])
        await until(lambda: parked(platform, unknown) == ["key-unknown"], "the one parks")
        await until(lambda: contents(platform, deleted) == [None], "the other is erased")
    assert await trial.verdict() == []
