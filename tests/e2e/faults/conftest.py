"""The platform under load, the verdict that follows every fault, and a platform that is whole again after it."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from infra.local.stack import Stack
from tests.e2e.checker.gathering import found, gathered, position
from tests.e2e.checker.history import History
from tests.e2e.checker.log import Line
from tests.e2e.checker.verdict import judge
from tests.e2e.faults.customers import Customers
from tests.e2e.faults.made_up import ALL, BRAND, MODEL
from tests.e2e.faults.watching import until
from tests.e2e.readiness import heal, unready, wait_until_live

QUIET_SECONDS = 90.0
LOOK_SECONDS = 0.3


class Trial:
    """Customers on the platform, and the verdict on what became of their writes."""

    def __init__(self, platform: Stack, brand: str) -> None:
        self.platform = platform
        self.brand = brand
        self.customers = Customers(platform.url("intake"), brand)
        self.at_least = 0
        self.lines: list[Line] = []

    @property
    def history(self) -> History:
        """What the customers did."""
        return self.customers.history

    @asynccontextmanager
    async def busy(self, at_least: int) -> AsyncIterator[History]:
        """Customers write while the body runs, and go on until so many writes were accepted."""
        async with self.customers.busy() as history:
            yield history
            self.at_least = at_least
            await until(lambda: len(history.of("ok")) >= at_least, f"{at_least} writes are accepted")

    async def verdict(self) -> list[str]:
        """What is wrong once everything was published and folded; empty when every promise was kept."""
        deadline = time.monotonic() + QUIET_SECONDS
        while True:
            at = await position(self.platform.values, self.brand)
            unrest = [*await asyncio.to_thread(unready, self.platform), *at.unrest(ALL)]
            is_late = time.monotonic() > deadline
            if not unrest or is_late:
                evidence = await gathered(self.platform.values, self.brand, at)
                if is_late or not evidence.has_moved(ALL):
                    self.lines = [line for line in evidence.lines if line.subject in self.history.told]
                    return [*unrest, *judge(self.history, evidence, made_up=ALL, at_least=self.at_least)][:20]
            await asyncio.sleep(LOOK_SECONDS)

    def copies(self) -> int:
        """How many records of the customers' tickets came more than once; known after the verdict."""
        return len(self.lines) - len({line.place for line in self.lines})

    async def goes_on(self) -> None:
        """Somebody's request is accepted from now on, and arrives in query."""
        before = len(self.history.of("ok"))
        asked = "SELECT 1 FROM query.ticket WHERE ticket_id = ANY (%s::uuid[])"

        def has_arrived() -> bool:
            told = [one.ticket_id for one in self.history.of("ok")[before:] if one.number]
            return bool(found(self.platform.values["QUERY_DSN"], asked, told))

        await until(has_arrived, f"{self.brand}: what is accepted now arrives in query")


@pytest.fixture(scope="session")
def broken_brand(platform: Stack, brands_folder: Path) -> str:
    """A brand for faults only: what is thrown into its topic is in nobody else's way."""
    shutil.copytree(brands_folder / MODEL, brands_folder / BRAND)
    wait_until_live(platform, BRAND)
    return BRAND


@pytest.fixture
def trial(platform: Stack, broken_brand: str) -> Trial:
    """A fresh set of customers on the running platform."""
    return Trial(platform, broken_brand)


@pytest.fixture(autouse=True)
def _whole_again(platform: Stack) -> Iterator[None]:
    """However a fault ends, the next test finds a platform that works."""
    yield
    heal(platform)
