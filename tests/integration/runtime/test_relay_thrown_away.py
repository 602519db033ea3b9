"""A producer that is thrown away is gone: it delivers nothing later, and leaves no task and no connection behind."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.producer.sender import Sender

from infra.local.broker import Kafka
from infra.local.folder import Folder
from services.runtime.events import Row
from services.runtime.producer import Bound, Producer
from tests.integration.runtime.log import make_topics, raws_of, until
from tests.integration.runtime.toy import NAME

PATIENCE = 1.0


def rows_for(brand: str, *, count: int) -> list[Bound]:
    """Events of as many tickets."""
    return [(a_row(brand), f"ticket-events.{brand}") for _ in range(count)]


def a_row(brand: str) -> Row:
    return Row(
        id=1,
        event_id=uuid4(),
        brand=brand,
        subject=str(uuid4()),
        sequence=1,
        type="phieu.ticket.received.v1",
        accepted_at=datetime.now(UTC),
        facts=1,
        causation_id=None,
        correlation_id=None,
        traceparent=None,
        data=b"{}",
    )


async def is_given_up(producer: Producer, bound: Sequence[Bound]) -> None:
    """As the relay does it: no acknowledgement in time, so throw it away."""
    with pytest.raises(TimeoutError):
        await producer.publish(bound)
    await producer.discard()


async def is_sent_again(kafka: str, bound: Sequence[Bound]) -> None:
    """By a producer with patience."""
    producer = await knowing(Producer([kafka], NAME), bound)
    await producer.publish(bound)
    await asyncio.sleep(0.5)  # for whatever somebody else may still deliver
    await producer.close()


async def knowing(producer: Producer, bound: Sequence[Bound]) -> Producer:
    """The producer, when it sees the topics."""

    async def sees() -> bool:
        return not await producer.missing({topic for _, topic in bound})

    await until(sees)
    return producer


async def topics_gone(kafka: str, bound: Sequence[Bound]) -> None:
    """Delete the topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_topics(sorted({topic for _, topic in bound}))
    await admin.close()


async def copies_of(kafka: str, brand: str) -> Counter[bytes | None]:
    """How often each event is on the log."""
    return Counter(dict(raw.headers)["ce_id"] for raw in await raws_of(kafka, brand))


def senders() -> list[asyncio.Task[object]]:
    """The tasks of every client that still sends, or tries to."""
    return [task for task in asyncio.all_tasks() if isinstance(owner_of(task.get_coro()), Sender)]


def owner_of(coroutine: Any) -> object:
    return inspect.getcoroutinelocals(coroutine).get("self")


def connections_to(port: int) -> int:
    """Open connections of this process to a broker."""
    return sum(1 for one in psutil.Process().net_connections("tcp") if one.raddr and one.raddr.port == port)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A broker of this file's own: it is frozen here."""
    own = Kafka(Folder(path=tmp_path_factory.mktemp("broker")))
    own.start()
    yield own
    own.kill()


async def test_what_was_given_up_is_not_delivered_beside_what_is_sent_again(kafka: str, brand: str) -> None:
    """An idempotent client tries a batch for ever: its topic is gone, and then there again."""
    await make_topics(kafka, brand)
    bound = rows_for(brand, count=50)
    producer = await knowing(Producer([kafka], NAME, ack_seconds=PATIENCE), bound)
    await producer.publish(bound)
    await topics_gone(kafka, bound)
    await is_given_up(producer, bound)
    assert senders() == []
    await make_topics(kafka, brand)
    await is_sent_again(kafka, bound)
    assert await copies_of(kafka, brand) == {str(row.event_id).encode(): 1 for row, _ in bound}


async def test_a_broker_that_hangs_with_a_batch_in_flight_gets_each_event_at_most_twice(
    broker: Kafka, brand: str
) -> None:
    await make_topics(broker.bootstrap, brand)
    bound = rows_for(brand, count=200)
    producer = await knowing(Producer([broker.bootstrap], NAME, ack_seconds=PATIENCE), bound)
    broker.pause()
    try:
        await is_given_up(producer, bound)
        assert (senders(), connections_to(broker.port)) == ([], 0)
    finally:
        broker.resume()
    await asyncio.to_thread(broker.wait_until_ready)
    await is_sent_again(broker.bootstrap, bound)
    copies = await copies_of(broker.bootstrap, brand)
    assert copies.keys() == {str(row.event_id).encode() for row, _ in bound}
    assert max(copies.values()) <= 2


async def test_a_client_that_cannot_start_leaves_nothing_either(broker: Kafka) -> None:
    broker.pause()
    try:
        with pytest.raises(TimeoutError):
            await Producer([broker.bootstrap], NAME, ack_seconds=PATIENCE).missing({"any"})
        assert (senders(), connections_to(broker.port)) == ([], 0)
    finally:
        broker.resume()
