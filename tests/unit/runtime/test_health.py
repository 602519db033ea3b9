"""Readiness: each part is asked, one that is silent is given up, and none hides another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from services.runtime import health
from services.runtime.health import Check


@pytest.fixture(autouse=True)
async def _impatient(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """What is left behind is ended here: else it is complained about in somebody else's test."""
    before = asyncio.all_tasks()
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    yield
    left = {task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def fine() -> str | None:
    return None


async def lacking() -> str | None:
    return "no fresh keys at hand"


async def broken() -> str | None:
    raise ZeroDivisionError("hush")


async def silent() -> str | None:
    await asyncio.Event().wait()
    return None


async def asked(path: str, **checks: Check) -> httpx.Response:
    """What a probe is answered."""
    app = Starlette(routes=health.routes(checks))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy") as http:
        return await http.get(path)


async def test_who_lacks_nothing_is_ready() -> None:
    answer = await asked("/readyz", one=fine, two=fine)
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "waiting_for": {}})


async def test_every_part_that_is_not_ready_is_named_with_its_reason() -> None:
    answer = await asked("/readyz", one=fine, keys=lacking, broken=broken, silent=silent)
    assert (answer.status_code, answer.json()["waiting_for"]) == (
        503,
        {"keys": "no fresh keys at hand", "broken": "ZeroDivisionError", "silent": "does not answer in time"},
    )


async def test_a_check_that_cannot_be_cancelled_is_left_behind() -> None:
    release = asyncio.Event()

    async def stubborn() -> str | None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        raise ZeroDivisionError

    async with asyncio.timeout(10):
        assert await health.verdict(stubborn) == "does not answer in time"
    release.set()


async def test_a_process_is_alive_whatever_it_waits_for() -> None:
    assert (await asked("/healthz", silent=silent)).status_code == 204
    assert "phieu_parked" in (await asked("/metrics", silent=silent)).text
