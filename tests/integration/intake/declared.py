"""Brands on the log before there is a registry: their topics, and their facts as real encoded events."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.local.folder import ROOT
from phieu_schemas.brand import ApiKeyIssued, ApiKeyRevoked, BrandFact, PolicyActivated
from phieu_schemas.codec import encode
from phieu_schemas.testing import recorded
from phieu_schemas.topics import BRAND_FACTS, TICKET_EVENTS
from services.policy.loader import load_folder

EVERY_SCOPE = ("tickets:write", "tickets:read", "tickets:erase")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PARTITIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as its owner holds it; the log gets its hash."""

    key_id: str = field(default_factory=lambda: "".join(secrets.choice("abcdefghijklmnop234567") for _ in range(12)))
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    scopes: tuple[str, ...] = EVERY_SCOPE
    lives: timedelta | None = None

    @property
    def text(self) -> str:
        """What is sent."""
        return f"phk_{self.key_id}_{self.secret}"

    def issued(self) -> ApiKeyIssued:
        """The fact that makes it open something."""
        return ApiKeyIssued(
            key_id=self.key_id,
            hash=hashlib.sha256(self.text.encode()).hexdigest(),
            name="tests",
            scopes=self.scopes,
            expires_at=datetime.now(UTC) + self.lives if self.lives else None,
            known_from=LONG_AGO,
        )

    def revoked(self) -> ApiKeyRevoked:
        """The fact that ends it."""
        return ApiKeyRevoked(key_id=self.key_id, known_from=LONG_AGO)


def policy_of(folder: str) -> PolicyActivated:
    """The policy of a brand's folder, in force."""
    loaded = load_folder(ROOT / "infra" / "brands" / folder)
    content = json.loads(json.dumps(loaded.content))
    return PolicyActivated(
        version=loaded.version, format=loaded.format, hash=loaded.hash, content=content, known_from=LONG_AGO
    )


class Declared:
    """What was said of each brand so far."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.sequences: dict[str, int] = {}

    def say(self, brand: str, *facts: BrandFact) -> int:
        """Publish these facts of the brand, after its topics are there; gives the last sequence."""
        asyncio.run(self._say(brand, facts))
        return self.sequences[brand]

    async def _say(self, brand: str, facts: Sequence[BrandFact]) -> None:
        if brand not in self.sequences:
            await self._topics(brand)
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        await producer.start()
        try:
            for fact in facts:
                self.sequences[brand] = self.sequences.get(brand, 0) + 1
                event = recorded(fact, subject=brand, sequence=self.sequences[brand], brand=brand)
                key, value, headers = encode(*event)
                await producer.send_and_wait(BRAND_FACTS.name(brand), value, key, headers=headers)
        finally:
            await producer.stop()

    async def _topics(self, brand: str) -> None:
        wanted = {TICKET_EVENTS.name(brand): PARTITIONS, BRAND_FACTS.name(brand): 1}
        await make_topics(self.bootstrap, wanted.items())


async def make_topics(bootstrap: str, wanted: Iterable[tuple[str, int]]) -> None:
    """Make these topics, each with its number of partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, count, 1) for name, count in wanted])
    finally:
        await admin.close()
