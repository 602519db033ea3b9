"""What is away is waited for, and what was lost is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import psycopg
from aiokafka.admin import NewTopic

from infra.local.folder import HOST, free_port
from phieu_schemas.topics import BRAND_FACTS
from services.registry.adapters.folders import Folders
from services.registry.adapters.publisher import Publisher
from services.registry.app import DECIDER, build
from services.registry.store import TABLES, find
from services.runtime.postgres import Pool, opened, pool
from services.runtime.topics import Topics
from services.runtime.writer import Writer
from tests.integration.registry.running import Place, Registry, eventually, made, new_brand, running

ROWS = "SELECT to_jsonb(b) FROM brand b WHERE brand = %s"
EVENTS = "SELECT to_jsonb(e) - 'id' FROM events e WHERE subject = %s ORDER BY sequence"


@asynccontextmanager
async def publishing(place: Place, store: Pool, topics: Topics, *, caught_up: asyncio.Event) -> AsyncIterator[None]:
    """The loop over the folders, with its own writer; the pool may still be closed."""
    writer = Writer(pool=store, decider=DECIDER, committed=lambda: None)
    publisher = Publisher(
        folders=Folders(place.brands), pool=store, writer=writer, topics=topics, caught_up=caught_up.is_set
    )
    running_loops = [asyncio.create_task(loop.run()) for loop in (writer, publisher)]
    try:
        yield
    finally:
        await publisher.stop()
        await writer.stop()
        await asyncio.gather(*running_loops)
        await store.close()


async def is_known(store: Pool, brand: str) -> bool:
    """Whether the brand is in force."""
    return await find(store, brand) is not None


def brand_of(place: Place) -> str:
    """A brand's folder, and nothing beside it."""
    brand = new_brand()
    place.put(brand)
    return brand


def caught_up() -> asyncio.Event:
    """The registry has read its own topics."""
    found = asyncio.Event()
    found.set()
    return found


async def test_with_the_broker_away_a_brand_waits_for_its_topics(registry: Registry) -> None:
    place = registry.place.beside("broker-away")
    brand, store = brand_of(place), pool(place.dsn, "registry", size=2)
    await opened(store)
    topics = Topics([f"{HOST}:{free_port(set())}"], partitions=3, replication=1)
    async with publishing(place, store, topics, caught_up=caught_up()):
        await asyncio.sleep(0.5)
        assert not await is_known(store, brand)
        topics.brokers = place.brokers.split(",")
        await eventually(lambda: is_known(store, brand))


async def test_a_brand_that_cannot_have_its_topics_holds_up_no_other(registry: Registry) -> None:
    place = registry.place.beside("one-in-the-way")
    store, topics = pool(place.dsn, "registry", size=2), Topics(place.brokers.split(","), partitions=3, replication=1)
    await opened(store)
    stuck, other = sorted((brand_of(place), brand_of(place)))
    # Kafka takes no topic whose name differs from another's only in a dot and an underscore.
    await made(place.brokers, NewTopic(f"{BRAND_FACTS.prefix}_{stuck}", 1, 1))
    async with publishing(place, store, topics, caught_up=caught_up()):
        await eventually(lambda: is_known(store, other))
        assert not await is_known(store, stuck)


async def test_once_asked_to_stop_no_further_brand_is_begun(registry: Registry) -> None:
    place = registry.place.beside("stopping")
    brand, store = brand_of(place), pool(place.dsn, "registry", size=2)
    await opened(store)
    topics = Topics(place.brokers.split(","), partitions=3, replication=1)
    writer = Writer(pool=store, decider=DECIDER, committed=lambda: None)
    publisher = Publisher(
        folders=Folders(place.brands), pool=store, writer=writer, topics=topics, caught_up=lambda: True
    )
    await publisher.stop()
    for _ in range(2):
        await publisher.look()
    known = await is_known(store, brand)
    await store.close()
    assert (topics.ensured, known) == (set(), False)


async def test_with_postgres_away_a_brand_waits(registry: Registry) -> None:
    place = registry.place.beside("postgres-away")
    brand, store = brand_of(place), pool(place.dsn, "registry", size=2)
    topics = Topics(place.brokers.split(","), partitions=3, replication=1)
    async with publishing(place, store, topics, caught_up=caught_up()):
        await asyncio.sleep(0.5)
        await opened(store)
        await eventually(lambda: is_known(store, brand))


async def test_nothing_is_published_before_the_own_topics_are_read(registry: Registry) -> None:
    place = registry.place.beside("not-caught-up")
    brand, store, event = brand_of(place), pool(place.dsn, "registry", size=2), asyncio.Event()
    await opened(store)
    topics = Topics(place.brokers.split(","), partitions=3, replication=1)
    async with publishing(place, store, topics, caught_up=event):
        await asyncio.sleep(0.5)
        assert (await is_known(store, brand), topics.ensured) == (False, set())
        event.set()
        await eventually(lambda: is_known(store, brand))


async def test_a_folder_of_brands_that_cannot_be_read_is_looked_at_again(registry: Registry) -> None:
    place = registry.place.beside("unreadable")
    brand, store = brand_of(place), pool(place.dsn, "registry", size=2)
    await opened(store)
    hidden = place.brands.rename(place.brands.with_name("elsewhere"))
    topics = Topics(place.brokers.split(","), partitions=3, replication=1)
    async with publishing(place, store, topics, caught_up=caught_up()):
        await asyncio.sleep(0.3)
        hidden.rename(place.brands)
        await eventually(lambda: is_known(store, brand))


async def test_a_brand_whose_folder_is_gone_still_gets_its_topics(registry: Registry) -> None:
    brand, place = await registry.brand(), registry.place.beside("no-folders")
    store, topics = pool(place.dsn, "registry", size=2), Topics(place.brokers.split(","), partitions=3, replication=1)
    await opened(store)

    async def ensured() -> bool:
        return brand in topics.ensured

    async with publishing(place, store, topics, caught_up=caught_up()):
        await eventually(ensured)


async def test_until_its_topics_are_read_the_registry_takes_no_commands(registry: Registry) -> None:
    brand = await registry.brand()
    away = replace(registry.place, brokers=f"{HOST}:{free_port(set())}")
    async with running(away, until_ready=False) as other:
        answer = await other.issue(brand)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:phieu:problem:not-ready")
        readiness = await other.http.get("/readyz")
        assert (readiness.status_code, list(readiness.json()["waiting_for"])) == (503, ["own topics"])


async def test_what_a_restored_database_lacks_is_taken_back_from_the_topics(registry: Registry) -> None:
    brand = await registry.brand()
    key = (await registry.issue(brand)).json()["key_id"]
    facts = await registry.place.facts_of(brand, count=2)
    before, events = registry.place.rows(ROWS, brand), registry.place.rows(EVENTS, brand)
    with psycopg.connect(registry.place.dsn) as connection:
        connection.execute("DELETE FROM brand WHERE brand = %s", (brand,))
        connection.execute("DELETE FROM events WHERE subject = %s", (brand,))
        connection.execute("DELETE FROM idempotency WHERE subject = %s", (brand,))
        connection.execute("DELETE FROM published WHERE topic LIKE %s", (f"%.{brand}",))
    async with running(registry.place) as restored:
        await restored.until(brand, folder="active", sequence=2)
        assert (registry.place.rows(ROWS, brand), registry.place.rows(EVENTS, brand)) == (before, events)
        assert (await restored.revoke(brand, key)).status_code == 200
    assert (await registry.place.facts_of(brand, count=3))[:2] == facts


async def test_what_is_rebuilt_is_what_was_live(registry: Registry) -> None:
    brand = await registry.brand()
    await registry.revoke(brand, (await registry.issue(brand)).json()["key_id"])
    before = registry.place.rows("SELECT to_jsonb(b) FROM brand b ORDER BY brand")
    service = build(registry.place.settings())
    for step in service.opening:
        await step()
    told: Any = await service.commands["rebuild"](None)
    for step in service.closing:
        await step()
    assert registry.place.rows("SELECT to_jsonb(b) FROM brand b ORDER BY brand") == before
    assert told["emptied"] == ["brand"]
    assert told["own_events_folded"] >= 3


async def test_every_table_is_declared(registry: Registry) -> None:
    found = registry.place.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'registry'")
    assert {name for (name,) in found} == TABLES.all


async def test_the_probes_answer(registry: Registry) -> None:
    answers: list[httpx.Response] = [await registry.http.get(path) for path in ("/healthz", "/readyz", "/openapi.json")]
    assert [one.status_code for one in answers] == [204, 200, 200]
    assert {"/v1/registry/brands", "/v1/registry/brands/{brand}/api-keys"} <= set(answers[2].json()["paths"])
