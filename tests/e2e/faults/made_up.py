"""Events written straight to a topic, as if intake had: whole ones, and ones that no reader can fold."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

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

BRAND = "congsoxanh"
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


def with_header(record: Record, name: str, value: bytes | None) -> Record:
    """The record with one header changed, or taken away."""
    kept = [header for header in record.headers if header[0] != name]
    return record._replace(headers=[*kept, (name, value)] if value is not None else kept)


async def produce(platform: Stack, records: Sequence[Record], topic: str = TOPIC) -> None:
    """Write records to the topic, in order."""
    producer = AIOKafkaProducer(bootstrap_servers=platform.values["KAFKA_BOOTSTRAP_SERVERS"])
    await producer.start()
    try:
        for record in records:
            await producer.send_and_wait(topic, record.value, key=record.key, headers=record.headers)
    finally:
        await producer.stop()
