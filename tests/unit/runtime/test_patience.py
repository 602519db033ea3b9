"""A bound on waiting that costs no timer a request."""

from __future__ import annotations

import asyncio

import pytest

from services.runtime.patience import Patience


async def test_whoever_waits_too_long_gets_a_timeout() -> None:
    patience = Patience(seconds=0.1)
    with pytest.raises(TimeoutError):
        await _waiting(patience, 5)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_whoever_is_done_in_time_is_left_alone() -> None:
    patience = Patience(seconds=0.1)
    with patience:
        await asyncio.sleep(0)
    await asyncio.sleep(1.2)
    assert not patience.waiting


async def test_a_task_that_others_cancel_stays_cancelled() -> None:
    patience = Patience(seconds=60)

    async def wait() -> None:
        with patience:
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not patience.waiting


async def test_only_the_one_who_waits_too_long_is_woken() -> None:
    patience = Patience(seconds=0.8)
    late = asyncio.create_task(_waiting(patience, 5))
    await asyncio.sleep(0.6)
    early = asyncio.create_task(_waiting(patience, 0.5))
    await early
    with pytest.raises(TimeoutError):
        await late


def test_it_goes_on_looking_in_the_next_loop() -> None:
    patience = Patience(seconds=0.1)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            asyncio.run(_waiting(patience, 5))


async def _waiting(patience: Patience, seconds: float) -> None:
    with patience:
        await asyncio.sleep(seconds)
