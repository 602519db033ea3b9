"""Events written straight to a topic, as if intake had: whole ones, and ones that no reader can fold."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import psycopg
from aiokafka import AIOKafkaProducer
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.local.stack import Stack
from phieu_schemas.codec import Record, encode
from phieu_schemas.envelope import Envelope
from phieu_schemas.fact import Fact
from phieu_schemas.ticket import MessageText, Received, RequestText, Supplemented
from services.runtime.codec import seal
from services.runtime.ids import draw_number
from tests.e2e.checker.gathering import found
from tests.e2e.checker.log import Line

MODEL = "congsoxanh"
BRAND = "hong-hoc"
TOPIC = f"ticket-events.{BRAND}"
ALL: set[str] = set()
"""The tickets that were made up so far: the checks of what customers did look past them."""


class MadeUp:
    """A ticket that intake never saw, with a key of its own; `facts` is what the brand had declared."""

    def __init__(self, platform: Stack, *, stored: bool = True) -> None:
        self.ticket_id = uuid.uuid4()
        ALL.add(str(self.ticket_id))
        self.key_id = uuid.uuid4()
        material = AESGCM.generate_key(256)
        self.key = AESGCM(material)
        self.platform = platform
        if stored:
            self._store(material)

    def _store(self, material: bytes) -> None:
        master = AESGCM(bytes.fromhex(Path(self.platform.values["KEYS_MASTER_KEY_FILE"]).read_text().strip()))
        nonce = os.urandom(12)
        wrapped = nonce + master.encrypt(nonce, material, str(self.key_id).encode())
        with psycopg.connect(self.platform.values["KEYS_DSN"]) as connection:
            connection.execute("INSERT INTO keys.key (key_id, wrapped) VALUES (%s, %s)", (self.key_id, wrapped))

    def delete_key(self) -> None:
        """Destroy the key, as an erasure does."""
        with psycopg.connect(self.platform.values["KEYS_DSN"]) as connection:
            connection.execute(
                "UPDATE keys.key SET wrapped = NULL, deleted_at = now() WHERE key_id = %s", (self.key_id,)
            )

    def received(self, content: str = "made up") -> Record:
        """Its first event."""
        personal = seal(
            self.key_id,
            self.key,
            RequestText(fields={}, content=content, file_names=()),
            brand=BRAND,
            subject=str(self.ticket_id),
            wire_type=Received.wire_type,
        )
        fact = Received(
            number=draw_number(),
            channel="support_centre",
            channel_kind="web_form",
            form="support_form",
            policy="congsoxanh-1",
            language="vi",
            requester_id=self.ticket_id,
            personal=personal,
        )
        return self._record(fact, 1)

    def supplemented(self, sequence: int, content: str = "made up", *, message: int | None = None) -> Record:
        """A later event; its message number follows its sequence unless a broken writer is played."""
        personal = seal(
            self.key_id,
            self.key,
            MessageText(content=content, file_names=()),
            brand=BRAND,
            subject=str(self.ticket_id),
            wire_type=Supplemented.wire_type,
        )
        number = sequence if message is None else message
        return self._record(Supplemented(message=number, channel_kind="web_form", personal=personal), sequence)

    def _record(self, fact: Fact, sequence: int) -> Record:
        envelope = Envelope(
            id=uuid.uuid4(),
            source="/phieu/intake",
            type=fact.wire_type,
            subject=str(self.ticket_id),
            time=datetime.now(UTC),
            brand=BRAND,
            sequence=sequence,
            facts=1,
        )
        return encode(envelope, fact)


def with_header(record: Record, name: str, value: bytes) -> Record:
    """The record with another header of this name."""
    return record._replace(headers=[*(header for header in record.headers if header[0] != name), (name, value)])


def with_null_header(record: Record, name: str) -> Record:
    """The record with a header of this name that is null."""
    return with_header(record, name, None)  # type: ignore[arg-type]  # null is what is tried here


def without_value(record: Record) -> Record:
    """The record as a tombstone."""
    return record._replace(value=None)  # type: ignore[arg-type]  # a tombstone is what is tried here


def parked(platform: Stack, made_up: MadeUp) -> list[str]:
    """Why records of this ticket are parked, in order."""
    asked = 'SELECT cause FROM query.parked WHERE subject = %s ORDER BY "offset"'
    return [cause for (cause,) in found(platform.values["QUERY_DSN"], asked, str(made_up.ticket_id))]


def contents(platform: Stack, made_up: MadeUp) -> list[str | None]:
    """The ticket's messages as query has them."""
    asked = "SELECT content FROM query.message WHERE ticket_id = %s ORDER BY message"
    return [content for (content,) in found(platform.values["QUERY_DSN"], asked, made_up.ticket_id)]


async def produce(platform: Stack, records: Sequence[Record], topic: str = TOPIC) -> None:
    """Write records to the topic, in order, each where the product would have put it."""
    async with _producing(platform) as producer:
        partitions = sorted(await producer.partitions_for(topic))
        for key, value, headers in records:
            partition = partitions[crc32(key) % len(partitions)]
            await producer.send_and_wait(topic, value, key=key, headers=headers, partition=partition)


async def deliver_again(platform: Stack, lines: Iterable[Line]) -> None:
    """Write what was dumped to where it came from, byte for byte."""
    async with _producing(platform) as producer:
        sent = [
            await producer.send(
                line.topic, line.value, key=line.key, headers=[*line.raw_headers], partition=line.partition
            )
            for line in lines
        ]
        for one in sent:
            await one


@asynccontextmanager
async def _producing(platform: Stack) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=platform.values["KAFKA_BOOTSTRAP_SERVERS"], enable_idempotence=True)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()
