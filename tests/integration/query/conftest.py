"""A query on the session's broker and the file's own databases, that hears only the file's own brands."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from time import monotonic

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from infra.local.provision import KEYS_WRITER, Provision
from services.runtime import postgres as database
from services.runtime.keys import KeyRing, MasterKey
from services.runtime.objects import Objects
from services.runtime.postgres import RUNTIME_SQL, migrate
from tests.integration.query.running import Place, Query, running
from tests.integration.query.telling import Teller, api_key


@pytest.fixture(scope="module")
def prefix() -> Iterator[str]:
    """What the file's brands begin with: the broker is shared, other files' topics are not ours to fold."""
    found = f"q{secrets.token_hex(4)}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.query.app.PATTERN", rf"^(brand-facts|ticket-events)\.{found}[a-z0-9-]*$")
        yield found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, kafka: str, postgres: Provision) -> Place:
    """Where the file's queries find things."""
    found = Place(folder=tmp_path_factory.mktemp("query"), brokers=kafka, postgres=postgres)
    found.master_key_file.write_text("ab" * 32)
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def teller(place: Place) -> AsyncIterator[Teller]:
    """A writer, whose role may make keys."""
    keys = database.pool(place.postgres.dsn(KEYS_WRITER), "keys", size=2)
    await keys.open()
    await migrate(keys, "keys", [RUNTIME_SQL / "keys"])
    producer = AIOKafkaProducer(bootstrap_servers=place.brokers, acks="all", metadata_max_age_ms=300)
    await producer.start()
    master = MasterKey(place.master_key_file)
    ring = KeyRing(pool=keys, master=master, cache_seconds=300.0, clock=monotonic)
    yield Teller(place.brokers, producer, ring, Objects(place.attachments_url))
    await producer.stop()
    await keys.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def query(place: Place, prefix: str, teller: Teller) -> AsyncIterator[Query]:
    """One that runs as long as the file's tests."""
    async with running(place) as found:
        yield found


@pytest.fixture(scope="module")
def key() -> str:
    """The API key of the file's brand."""
    return api_key()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def brand(query: Query, prefix: str, teller: Teller, key: str) -> str:
    """The file's brand, with its key."""
    found = await teller.brand(prefix, key)
    await query.knows(key)
    return found
