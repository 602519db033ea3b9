"""A log to read: sealed events of many tickets on a topic of their own, as intake would have written them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from phieu_schemas import testing
from phieu_schemas.codec import Record, encode
from phieu_schemas.ticket import MessageText, Received, RequestText, Supplemented
from phieu_schemas.topics import TICKET_EVENTS
from services.runtime.codec import seal
from services.runtime.keys import SQL, MasterKey
from services.runtime.postgres import Pool
from tests.bench.load import FIELDS

BRAND = "bench"
TOPIC = TICKET_EVENTS.name(BRAND)
PARTITIONS = 3
EVENTS_OF_A_TICKET = 4
TICKETS_AT_ONCE = 500
CONTENT = FIELDS["content"]
TYPED = {name: value for name, value in FIELDS.items() if name != "content"}


async def fill(brokers: str, keys: Pool, master: MasterKey, events: int) -> None:
    """Publish that many events, a request and three messages each ticket, every ticket under its own durable key."""
    await _make_topic(brokers)
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", linger_ms=5, max_batch_size=512 * 1024)
    await producer.start()
    try:
        numbers = iter(range(events // EVENTS_OF_A_TICKET))
        while some := list(islice(numbers, TICKETS_AT_ONCE)):
            await _tell(producer, keys, master, some)
    finally:
        await producer.stop()


async def _make_topic(brokers: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])
    await admin.close()


async def _tell(producer: AIOKafkaProducer, keys: Pool, master: MasterKey, numbers: Sequence[int]) -> None:
    fresh = [(uuid4(), os.urandom(32)) for _ in numbers]
    rows = {"ids": [one for one, _ in fresh], "wrapped": [master.wrap(str(one), key) for one, key in fresh]}
    async with keys.connection() as connection:
        await connection.execute(SQL["add_keys"], rows)
    for number, (key_id, key) in zip(numbers, fresh, strict=True):
        for one in _events(number, key_id, AESGCM(key)):
            await producer.send(TOPIC, one.value, one.key, headers=one.headers)
    await producer.flush()


def _events(number: int, key_id: UUID, key: AESGCM) -> Iterator[Record]:
    ticket = str(uuid4())
    request = RequestText(fields=TYPED, content=CONTENT, file_names=())
    sealed = seal(key_id, key, request, brand=BRAND, subject=ticket, wire_type=Received.wire_type)
    first = testing.received(ticket, brand=BRAND, number=str(1_000_000_000 + number), personal=sealed)
    yield encode(*testing.again(first, facts=0))
    for sequence in range(2, EVENTS_OF_A_TICKET + 1):
        text = MessageText(content=CONTENT, file_names=())
        sealed = seal(key_id, key, text, brand=BRAND, subject=ticket, wire_type=Supplemented.wire_type)
        event = testing.supplemented(ticket, brand=BRAND, sequence=sequence, personal=sealed)
        yield encode(*testing.again(event, facts=0))
