"""A command on its way: those who wait for its answer do not depend on each other."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from services.runtime.ask import Answer, Ask

ANSWER = Answer(201, b"{}")


def asked() -> Ask[None]:
    """A command that nobody has decided."""
    return Ask(
        scope="anyone",
        key=UUID(int=1),
        fingerprint=b"",
        brand="hoa-hong",
        subject="one",
        facts=1,
        command=lambda _: None,
        reply=lambda *_: ANSWER,
    )


async def test_everyone_who_waits_gets_the_answer() -> None:
    ask = asked()
    waiting = [asyncio.create_task(ask.answered()) for _ in range(3)]
    await asyncio.sleep(0)
    ask.settle(ANSWER)
    assert await asyncio.gather(*waiting) == [ANSWER] * 3


async def test_one_who_gives_up_takes_nothing_from_the_others() -> None:
    ask = asked()
    first, twin = (asyncio.create_task(ask.answered()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    ask.settle(ANSWER)
    assert await twin == ANSWER
    assert first.cancelled()


async def test_whoever_asks_after_the_answer_gets_it_at_once() -> None:
    ask = asked()
    ask.settle(ANSWER)
    async with asyncio.timeout(1):
        assert await ask.answered() == ANSWER


async def test_a_failure_reaches_everyone_and_the_first_outcome_counts() -> None:
    ask = asked()
    waiting = asyncio.create_task(ask.answered())
    await asyncio.sleep(0)
    ask.settle(KeyError("away"))
    ask.settle(ANSWER)
    for late in (waiting, ask.answered()):
        with pytest.raises(KeyError):
            await late
