"""A registry on the session's broker and the file's own database, that looks at its folders often."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from infra.local.provision import Provision
from tests.integration.registry.running import Place, Registry, running


@pytest.fixture(scope="module", autouse=True)
def quick_looks() -> Iterator[None]:
    """A look every twentieth of a second instead of every second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.registry.adapters.publisher.LOOK_SECONDS", 0.05)
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, kafka: str, postgres: Provision) -> Place:
    """Where the file's registries find things."""
    return Place(folder=tmp_path_factory.mktemp("registry"), brokers=kafka, dsn=postgres.dsn("registry")).make()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def registry(place: Place) -> AsyncIterator[Registry]:
    """One that runs as long as the file's tests."""
    async with running(place) as found:
        yield found
