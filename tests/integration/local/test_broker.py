"""The broker of a laptop: a real one, killed, frozen and started again on its own data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from infra.local.broker import Kafka
from infra.local.folder import Folder


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A broker of this file's own: it is killed here."""
    own = Kafka(Folder(path=tmp_path_factory.mktemp("broker")))
    own.start()
    yield own
    own.kill()


@asynccontextmanager
async def admin(broker: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await client.start()
    yield client
    await client.close()


async def sent(broker: Kafka, topic: str, value: bytes) -> None:
    async with admin(broker) as client:
        await client.create_topics([NewTopic(topic, 1, 1)])
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all") as producer:
        await producer.send_and_wait(topic, value)


async def read(broker: Kafka, topic: str) -> bytes:
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=broker.bootstrap, group_id=f"{topic}-readers", auto_offset_reset="earliest"
    ) as consumer:
        record = await asyncio.wait_for(consumer.getone(), 30)
        return bytes(record.value)


async def test_a_group_reads_as_soon_as_the_start_returns(broker: Kafka) -> None:
    await sent(broker, "at-once", b"1")
    assert await read(broker, "at-once") == b"1"


async def test_what_was_acknowledged_is_there_after_a_kill(broker: Kafka) -> None:
    await sent(broker, "before-the-kill", b"kept")
    identity = (broker.log_dir / "meta.properties").read_text()
    broker.kill()
    await asyncio.to_thread(broker.start)
    assert await read(broker, "before-the-kill") == b"kept"
    assert (broker.log_dir / "meta.properties").read_text() == identity


async def test_a_clean_stop_needs_no_force(broker: Kafka) -> None:
    await sent(broker, "before-the-stop", b"kept")
    assert await asyncio.to_thread(broker.stop)
    await asyncio.to_thread(broker.start)
    assert await read(broker, "before-the-stop") == b"kept"


async def test_a_frozen_broker_is_silent_and_goes_on_later(broker: Kafka) -> None:
    broker.pause()
    assert broker.is_alive
    assert not await asyncio.to_thread(broker.is_ready)
    broker.resume()
    await asyncio.to_thread(broker.wait_until_ready)


async def test_a_topic_that_nobody_made_is_not_made_by_asking(broker: Kafka) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, request_timeout_ms=1000) as producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.partitions_for("asked-for")
    async with admin(broker) as client:
        assert "asked-for" not in await client.list_topics()


def test_strangers_on_the_network_find_no_door(broker: Kafka) -> None:
    listeners = broker.settings()["listeners"].split(",")
    assert all("://127.0.0.1:" in listener for listener in listeners)
