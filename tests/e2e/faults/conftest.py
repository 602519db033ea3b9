"""The platform under load, and the checks that follow every fault."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from infra.local.stack import Stack
from tests.e2e.checker.fold import fold, keys_of
from tests.e2e.checker.log import dump
from tests.e2e.checker.rows import rows_of
from tests.e2e.checker.verdict import check_history, check_meaning, check_order, check_rows
from tests.e2e.faults.customers import Customers
from tests.e2e.faults.made_up import ALL, BRAND, TOPIC

QUIET_SECONDS = 60.0


class Trial:
    """Customers on the platform, and the verdict on what became of their writes."""

    def __init__(self, platform: Stack) -> None:
        self.platform = platform
        self.customers = Customers(platform.url("intake"), BRAND)

    async def verdict(self, at_least: int = 20) -> list[str]:
        """What is wrong once everything has had time to arrive; empty when every promise held."""
        deadline = time.monotonic() + QUIET_SECONDS
        while True:
            faults = await self.faults(at_least)
            if not faults or time.monotonic() > deadline:
                return faults[:20]
            await asyncio.sleep(1)

    async def faults(self, at_least: int) -> list[str]:
        """What is wrong at this moment."""
        values = self.platform.values
        whole = await dump(values["KAFKA_BOOTSTRAP_SERVERS"], [TOPIC])
        lines = [line for line in whole if line.is_event and line.subject not in ALL]
        keys = keys_of(values["KEYS_DSN"], Path(values["KEYS_MASTER_KEY_FILE"]))
        expected = fold(lines, keys)
        rows = {name: row for name, row in rows_of(values["QUERY_DSN"], BRAND).items() if name not in ALL}
        own = {said.ticket_id for said in self.customers.history.said}
        of_customers = {name: ticket for name, ticket in expected.items() if name in own}
        return [
            *check_meaning(self.customers.history, at_least),
            *check_order(lines),
            *check_history(self.customers.history, of_customers),
            *check_rows(expected, rows),
        ]


@pytest.fixture
def trial(platform: Stack) -> Trial:
    """A fresh set of customers on the running platform."""
    return Trial(platform)
