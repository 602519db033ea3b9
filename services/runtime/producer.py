"""The producer: idempotent, bounded in every wait, and thrown away after any failure.

A failed batch leaves a gap in aiokafka's idempotent sequence: the broker would refuse everything sent after it. And an
idempotent client never gives a batch up: one that lived on would deliver it beside what its successor sends.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Sequence
from typing import Any
from zlib import crc32

from aiokafka import AIOKafkaProducer, errors

from services.runtime.events import Row
from services.runtime.metrics import PRODUCER_REBUILT

ACK_SECONDS = 10.0
CLOSE_SECONDS = 2.0
BATCH_BYTES = 512 * 1024
REFUSALS = (
    errors.MessageSizeTooLargeError,
    errors.RecordTooLargeError,
    errors.RecordListTooLargeError,
    errors.InvalidTimestampError,
    errors.CorruptRecordException,
)
"""What a broker says of a record, and will say of it again; every other failure is one of circumstances."""

Bound = tuple[Row, str]
"""A row and the topic it is bound for."""
Place = tuple[str, int]
"""A topic and a partition."""


class Producer:
    """Publishes batches of rows and says how far each partition got."""

    def __init__(self, brokers: Sequence[str], service: str, *, ack_seconds: float = ACK_SECONDS) -> None:
        self.brokers = list(brokers)
        self.service = service
        self.ack_seconds = ack_seconds
        self.client: AIOKafkaProducer | None = None
        self.topics: dict[str, list[int]] = {}

    async def started(self) -> AIOKafkaProducer:
        """The running client, built if there is none."""
        if self.client is None:
            client = AIOKafkaProducer(
                bootstrap_servers=self.brokers,
                client_id=f"{self.service}-relay",
                acks="all",
                enable_idempotence=True,
                max_batch_size=BATCH_BYTES,
                metadata_max_age_ms=10_000,
            )
            try:
                await asyncio.wait_for(client.start(), self.ack_seconds)
            except BaseException:
                await _dropped(client)
                raise
            self.client = client
        return self.client

    async def discard(self) -> None:
        """Throw the client away; the next batch gets a new one."""
        if self.client is not None:
            PRODUCER_REBUILT.inc()
        await self.close()

    async def close(self) -> None:
        """Let go of the client, and of what it knew of topics."""
        client, self.client = self.client, None
        self.topics = {}
        if client is not None:
            await _dropped(client)

    async def missing(self, topics: set[str]) -> set[str]:
        """Those of the topics that the broker does not have."""
        if not topics <= self.topics.keys():
            client = await self.started()
            cluster = await asyncio.wait_for(client.client.fetch_all_metadata(), self.ack_seconds)
            self.topics = {name: sorted(cluster.partitions_for_topic(name) or ()) for name in cluster.topics()}
        return topics - self.topics.keys()

    async def publish(self, bound: Sequence[Bound]) -> dict[Place, int]:
        """Send all in order and wait for every acknowledgement; gives the next offset per partition."""
        client = await self.started()
        sent: list[tuple[Place, int, asyncio.Future[Any]]] = []
        async with asyncio.timeout(self.ack_seconds):
            for place, rows in self._by_place(bound).items():
                sent += [one async for one in self._send(client, place, rows)]
            acknowledged = await asyncio.gather(*(future for _, _, future in sent))
        ends: dict[Place, int] = {}
        for (place, count, _), record in zip(sent, acknowledged, strict=True):
            ends[place] = max(ends.get(place, 0), record.offset + count)
        return ends

    def _by_place(self, bound: Sequence[Bound]) -> dict[Place, list[Row]]:
        places: dict[Place, list[Row]] = {}
        for row, topic in bound:
            partitions = self.topics[topic]
            # CRC32, as librdkafka's "consistent": aiokafka's murmur2 is pure Python and the dearest part of the relay.
            partition = partitions[crc32(row.subject.encode()) % len(partitions)]
            places.setdefault((topic, partition), []).append(row)
        return places

    async def _send(self, client: AIOKafkaProducer, place: Place, rows: Sequence[Row]) -> Any:
        topic, partition = place
        batch = client.create_batch()
        for row in rows:
            if not self._appended(batch, row):
                yield place, batch.record_count(), await client.send_batch(batch, topic, partition=partition)
                batch = client.create_batch()
                self._appended(batch, row)
        yield place, batch.record_count(), await client.send_batch(batch, topic, partition=partition)

    def _appended(self, batch: Any, row: Row) -> bool:
        """Whether the row still fitted; the first one always does, and the broker judges its size."""
        return (
            batch.append(
                key=row.subject.encode(),
                value=row.data,
                timestamp=int(row.accepted_at.timestamp() * 1000),
                headers=row.envelope(self.service).to_headers(),
            )
            is not None
        )


async def _dropped(client: Any) -> None:
    """Close a client at once: its own `stop` would first deliver what it still has, however long that takes."""
    sender, connections = client._sender, client.client._conns.values()  # noqa: SLF001 - there is no public way out
    client._closed = True  # noqa: SLF001 - else its end is taken for a leak
    tasks = [task for task in asyncio.all_tasks() if _self_of(task.get_coro()) is sender]
    for task in tasks:
        task.cancel()
    for connection in connections:
        if connection.connected():
            connection._writer.transport.abort()  # noqa: SLF001 - a polite close waits for a broker that hangs
    try:
        await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.client.close(), CLOSE_SECONDS)


def _self_of(coroutine: Any) -> object:
    """Whose method it is: the sender keeps no list of its requests in flight."""
    return inspect.getcoroutinelocals(coroutine).get("self")
