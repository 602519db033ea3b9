"""A body on a slow line is waited for; one that stops coming, or never ends, is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.requests import Request

from services.runtime import http, patience
from services.runtime.errors import Refused
from services.runtime.patience import Patience

Receive = Callable[[], Awaitable[dict[str, object]]]


def coming(parts: int, pause_seconds: float, *, ends: bool = True) -> Request:
    """A request whose body comes in parts."""
    left = parts

    async def receive() -> dict[str, object]:
        nonlocal left
        if not left:
            await asyncio.Event().wait()
        left -= 1
        await asyncio.sleep(pause_seconds)
        return {"type": "http.request", "body": b"x", "more_body": bool(left) or not ends}

    return Request({"type": "http", "headers": []}, receive)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(http, "WHOLE", Patience(seconds=1.2))
    monkeypatch.setattr(http, "SILENCE", Patience(seconds=0.3))


async def test_a_slow_line_takes_its_time() -> None:
    assert await http.body_of(coming(6, 0.1), 10) == b"x" * 6


async def test_a_line_that_falls_silent_is_given_up() -> None:
    with pytest.raises(Refused, match="body-too-slow"):
        await http.body_of(coming(2, 0.0, ends=False), 10)


async def test_a_trickle_that_never_ends_is_given_up() -> None:
    with pytest.raises(Refused, match="body-too-slow"):
        await http.body_of(coming(1_000, 0.1), 2_000)


async def test_a_body_past_its_limit_is_refused_while_it_comes() -> None:
    with pytest.raises(Refused, match="body-too-large"):
        await http.body_of(coming(1_000, 0.0), 10)
