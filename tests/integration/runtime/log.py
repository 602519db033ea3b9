"""The real log in a test's hands: write to it, read it back, wait for what must come of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from phieu_schemas.codec import Recorded, decode, encode
from services.runtime.delivery import Raw
from services.runtime.spans import read_span
from services.runtime.topics import Topics

PATIENCE_SECONDS = 30.0


async def make_topics(kafka: str, *brands: str, partitions: int = 2) -> None:
    """A brand's topics."""
    topics = Topics([kafka], partitions=partitions, replication=1)
    for brand in brands:
        await topics.ensure(brand)


@asynccontextmanager
async def pen(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    yield producer
    await producer.stop()


async def write(kafka: str, *events: Recorded, prefix: str = "ticket-events", partition: int | None = None) -> None:
    """Publish events in this order."""
    async with pen(kafka) as producer:
        for event in events:
            record = encode(event.envelope, event.fact)
            await producer.send_and_wait(
                f"{prefix}.{event.envelope.brand}",
                record.value,
                key=record.key,
                headers=record.headers,
                partition=partition,
            )


async def raws_of(kafka: str, brand: str, prefix: str = "ticket-events") -> list[Raw]:
    """Every record of a brand's topic."""
    spans = [raws async for raws in read_span([kafka], rf"^{prefix}\.{brand}$", {})]
    return [raw for raws in spans for raw in raws]


async def events_on(kafka: str, brand: str) -> list[Recorded]:
    """Every event of a brand's topic."""
    return [decode(raw.key, raw.value, raw.headers, topic=raw.place.topic) for raw in await raws_of(kafka, brand)]


def sequences(events: Sequence[Recorded], ticket: str) -> list[int]:
    """A ticket's sequences in the order of the log."""
    return [event.envelope.sequence for event in events if event.envelope.subject == ticket]


async def until(true: Callable[[], Awaitable[object]], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for it, or fail."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    while not await true():
        assert clock() < deadline, "it did not come to be in time"
        await asyncio.sleep(0.05)
