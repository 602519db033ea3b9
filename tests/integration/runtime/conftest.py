"""A migrated schema, a key store, and names of one's own for each test."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from time import monotonic

import pytest
import pytest_asyncio

from infra.local.provision import KEYS_WRITER, Provision
from services.runtime import postgres as database
from services.runtime.keys import KeyRing, KeyStock, MasterKey
from services.runtime.postgres import RUNTIME_SQL, Pool, migrate
from tests.integration.runtime.toy import NAME, make_tables


@pytest_asyncio.fixture(scope="module")
async def pool(postgres: Provision) -> AsyncIterator[Pool]:
    """The toy's schema: the runtime's tables of both sides, and its own."""
    found = database.pool(postgres.dsn(NAME), NAME, size=8)
    await found.open()
    await migrate(found, NAME, [RUNTIME_SQL / "writer", RUNTIME_SQL / "reader"])
    await make_tables(found)
    yield found
    await found.close()


@pytest_asyncio.fixture(scope="module")
async def stock(postgres: Provision, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KeyStock]:
    """A key store with fresh keys at hand."""
    keys = database.pool(postgres.dsn(KEYS_WRITER), "keys", size=2)
    await keys.open()
    await migrate(keys, "keys", [RUNTIME_SQL / "keys"])
    file = tmp_path_factory.mktemp("keys") / "master.key"
    file.write_text("ab" * 32)
    found = KeyStock(KeyRing(pool=keys, master=MasterKey(file), cache_seconds=300.0, clock=monotonic))
    await found._refill()
    yield found
    await keys.close()


@pytest.fixture
def brand() -> str:
    """A brand of one's own: its topics, its outbox rows, its group."""
    return f"b{secrets.token_hex(5)}"
