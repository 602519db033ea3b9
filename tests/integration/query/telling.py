"""The log as query hears it: sealed, encoded and published as a writer would, or as no writer should."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from phieu_schemas import testing
from phieu_schemas.codec import Recorded, encode
from phieu_schemas.ticket import MessageText, Received, RequestText, Supplemented
from phieu_schemas.topics import BRAND_FACTS, TICKET_EVENTS, topic_of
from phieu_schemas.types import Attachment, Personal, Sealed
from services.runtime import links
from services.runtime.after import token_of
from services.runtime.codec import seal, seal_file
from services.runtime.keys import SQL, KeyRing, KeyStock
from services.runtime.objects import Objects, path_of

FIELDS = {"name": "Nguyễn Thị Hoa", "email": "hoa@example.vn"}
WORDS = "Máy chủ không vào được."
READ = ("tickets:read",)


def api_key() -> str:
    """A key as a program holds it."""
    return f"phk_{''.join(secrets.choice('abcdefghijklmnop') for _ in range(12))}_{secrets.token_urlsafe(32)}"


@dataclass(slots=True, kw_only=True)
class Slip:
    """A ticket while its writer tells of it: each call is its next event."""

    brand: str
    key_id: UUID
    secret: bytes
    link: str
    ticket_id: str
    facts: int = 1
    sequence: int = 0
    messages: int = 0
    number: str = field(default_factory=lambda: str(1_000_000_000 + secrets.randbelow(9_000_000_000)))

    @property
    def key(self) -> AESGCM:
        """What seals it."""
        return AESGCM(self.secret)

    @property
    def id(self) -> UUID:
        """The ticket's id."""
        return UUID(self.ticket_id)

    @property
    def read_token(self) -> str:
        """What names the last event told."""
        return token_of("intake", self.sequence, self.ticket_id)

    def received(
        self, content: str = WORDS, files: Sequence[Attachment] = (), names: Sequence[str] = (), minute: int = 0
    ) -> Recorded:
        """A request came in, so many minutes after noon."""
        text = RequestText(fields=FIELDS, content=content, file_names=tuple(names))
        personal = self._sealed(text, Received.wire_type)
        self.sequence, self.messages = 1, 1
        event = testing.received(
            self.ticket_id,
            brand=self.brand,
            at=testing.NOON + timedelta(minutes=minute),
            number=self.number,
            attachments=tuple(files),
            personal=personal,
        )
        return testing.again(event, facts=self.facts)

    def supplemented(self, content: str = "Thêm một dòng.", files: Sequence[Attachment] = ()) -> Recorded:
        """The customer wrote again."""
        text = MessageText(content=content, file_names=tuple("ảnh.pdf" for _ in files))
        personal = self._sealed(text, Supplemented.wire_type)
        self.sequence, self.messages = self.sequence + 1, self.messages + 1
        event = testing.supplemented(
            self.ticket_id,
            brand=self.brand,
            sequence=self.sequence,
            message=self.messages,
            attachments=tuple(files),
            personal=personal,
        )
        return testing.again(event, facts=self.facts)

    def erased(self) -> Recorded:
        """The ticket was erased."""
        self.sequence += 1
        return testing.erased(self.ticket_id, brand=self.brand, sequence=self.sequence)

    def _sealed(self, text: Personal, wire_type: str) -> Sealed:
        return seal(self.key_id, self.key, text, brand=self.brand, subject=self.ticket_id, wire_type=wire_type)


class Teller:
    """A writer's hands: its producer, its role in the key store, its objects."""

    def __init__(self, bootstrap: str, producer: AIOKafkaProducer, ring: KeyRing, objects: Objects) -> None:
        self.bootstrap = bootstrap
        self.producer = producer
        self.ring = ring
        self.objects = objects

    async def brand(self, name: str, *keys: str, scopes: Sequence[str] = READ) -> str:
        """A brand with its topics, a policy in force, and these API keys."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(BRAND_FACTS.name(name), 1, 1), NewTopic(TICKET_EVENTS.name(name), 3, 1)])
        await admin.close()
        issued = [
            testing.api_key_issued(
                name,
                sequence=sequence,
                key_id=key.split("_")[1],
                hash=hashlib.sha256(key.encode()).hexdigest(),
                scopes=tuple(scopes),
            )
            for sequence, key in enumerate(keys, start=2)
        ]
        await self.tell(testing.policy_activated(name), *issued)
        return name

    async def slip(self, brand: str, *, known: bool = True) -> Slip:
        """A new ticket of the brand; unless `known`, the key store has not heard of its key."""
        ticket_id = uuid4()
        link_key = await self.ring.brand_key(brand, links.LINKS, make=True)
        slip = Slip(
            brand=brand,
            key_id=uuid4(),
            secret=AESGCM.generate_key(256),
            link=links.token_of(link_key, ticket_id),
            ticket_id=str(ticket_id),
        )
        if known:
            await self.keep_key(slip)
        return slip

    async def keep_key(self, slip: Slip) -> None:
        """Put the ticket's key into the store."""
        wrapped = self.ring.master.wrap(str(slip.key_id), slip.secret)
        async with self.ring.pool.connection() as connection:
            await connection.execute(SQL["add_keys"], {"ids": [slip.key_id], "wrapped": [wrapped]})

    async def delete_key(self, slip: Slip) -> None:
        """Delete the ticket's key for ever."""
        await KeyStock(self.ring).delete([slip.key_id])

    async def file(self, slip: Slip, content: bytes) -> Attachment:
        """A file of the ticket, sealed and stored."""
        scan = testing.SCAN.model_copy(update={"attachment_id": uuid4(), "bytes": len(content)})
        sealed = seal_file(
            slip.key, content, brand=slip.brand, subject=slip.ticket_id, attachment_id=scan.attachment_id
        )
        await self.objects.put(path_of(slip.brand, slip.id, scan.attachment_id), sealed)
        return scan

    async def tell(self, *events: Recorded) -> None:
        """Publish the events, in this order."""
        for event in events:
            key, value, headers = encode(*event)
            topic = topic_of(event.envelope.type).name(event.envelope.brand)
            await self.producer.send_and_wait(topic, value, key, headers=headers)

    async def tell_raw(self, event: Recorded, value: bytes) -> None:
        """Publish an event with another body."""
        key, _, headers = encode(*event)
        await self.producer.send_and_wait(TICKET_EVENTS.name(event.envelope.brand), value, key, headers=headers)


def later(event: Recorded, sequence: int) -> Recorded:
    """The same event, at another place in its row."""
    return Recorded(replace(event.envelope, sequence=sequence), event.fact)
