"""The public port in front of stand-in owners, and a visitor with a fresh browser for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.component.web.owners import Owners
from tests.component.web.running import owners_served, web_served
from tests.component.web.visitor import Visitor


@pytest.fixture(scope="session")
async def port(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Owners, str]]:
    """One running port for all tests that need no settings of their own."""
    folder = tmp_path_factory.mktemp("web")
    async with (
        owners_served(Owners()) as owners,
        web_served(owners.url, folder, writes_per_minute=10_000) as url,
    ):
        yield owners, url


@pytest.fixture
def owners(port: tuple[Owners, str]) -> Iterator[Owners]:
    """Intake and query as they promise to be, with nothing recorded yet."""
    found = port[0]
    found.forget()
    yield found
    found.forget()


@pytest.fixture
async def visitor(owners: Owners, port: tuple[Owners, str]) -> AsyncIterator[Visitor]:
    """Somebody with a browser in front of the public port."""
    async with Visitor(port[1]) as found:
        yield found
