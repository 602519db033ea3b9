"""The registry as it runs, in the test's own loop: its folders, its door, its tables and its topics."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.local.folder import HOST, free_port
from phieu_schemas.codec import Recorded, decode
from phieu_schemas.fold import Brand, evolve_brand
from phieu_schemas.topics import BRAND_FACTS
from services.registry.app import build
from services.registry.settings import RegistrySettings
from services.runtime.service import serve
from services.runtime.spans import read_span
from tests.unit.policy.sample import changed

SECONDS = 20.0


async def eventually(seen: Callable[[], Awaitable[bool]], seconds: float = SECONDS) -> None:
    """Wait until it is so; after the time, fail."""
    async with asyncio.timeout(seconds):
        while not await seen():
            await asyncio.sleep(0.02)


def new_brand() -> str:
    """A brand that no other test knows."""
    return f"r{secrets.token_hex(4)}"


async def made(kafka: str, *wanted: NewTopic) -> None:
    """Somebody else made these topics; a broker may take a moment to know what it made."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()

    async def are_known() -> bool:
        found = await admin.describe_topics([one.name for one in wanted])
        return not any(one["error_code"] for one in found)

    try:
        await admin.create_topics(list(wanted))
        await eventually(are_known)
    finally:
        await admin.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a registry is given: where its folders and its key lie, its broker and its database."""

    folder: Path
    brokers: str
    dsn: str
    name: str = "brands"
    key_name: str = "admin-key"

    @property
    def brands(self) -> Path:
        """The folder of the brands."""
        return self.folder / self.name

    @property
    def admin_key_file(self) -> Path:
        """The key that may issue keys."""
        return self.folder / self.key_name

    def make(self) -> Place:
        """Make what is missing."""
        self.brands.mkdir(exist_ok=True)
        if not self.admin_key_file.exists():
            self.admin_key_file.write_text(secrets.token_urlsafe(32))
        return self

    def beside(self, name: str) -> Place:
        """The same with other folders, as a second process may have them."""
        return replace(self, name=name).make()

    def rotated(self) -> Place:
        """The same with another admin key."""
        other = replace(self, key_name="rotated-key")
        return other.make()

    def put(self, brand: str, version: str = "mau-1", **more: str) -> None:
        """The brand's folder states this version, with more said of the version."""
        content = changed("version.id", version)
        content["version"] |= more
        self.write(brand, json.dumps(content))

    def write(self, brand: str, text: str) -> None:
        """The brand's folder holds this."""
        (self.brands / brand).mkdir(exist_ok=True)
        (self.brands / brand / "policy.yaml").write_text(text)

    def take_away(self, brand: str) -> None:
        """The brand's folder is gone."""
        shutil.rmtree(self.brands / brand)

    def settings(self) -> RegistrySettings:
        """As they would come from the environment."""
        return RegistrySettings.model_validate(
            {
                "dsn": self.dsn,
                "port": free_port(set()),
                "KAFKA_BOOTSTRAP_SERVERS": self.brokers,
                "brands_dir": self.brands,
                "admin_key_file": self.admin_key_file,
            }
        )

    async def facts(self, brand: str) -> list[Recorded]:
        """The brand's facts as they stand on the log."""
        brokers, topic = self.brokers.split(","), BRAND_FACTS.name(brand)
        return [
            decode(raw.key, raw.value, raw.headers, topic=topic)
            async for raws in read_span(brokers, rf"^{topic}$", {})
            for raw in raws
        ]

    async def folded(self, brand: str) -> Brand:
        """The brand as a reader of its facts knows it."""
        known: Brand | None = None
        for fact in await self.facts(brand):
            known = evolve_brand(known, fact)
        assert known is not None
        return known

    async def facts_of(self, brand: str, *, count: int) -> list[Recorded]:
        """The brand's facts once there are as many."""
        async with asyncio.timeout(SECONDS):
            while len(found := await self.facts(brand)) < count:
                await asyncio.sleep(0.05)
        return found

    def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the registry's own schema."""
        with psycopg.connect(self.dsn) as connection:
            cursor = connection.execute(question.encode(), values)
            return cursor.fetchall() if cursor.description else []


@dataclass(frozen=True, slots=True)
class Registry:
    """One running registry, and what may be asked of it."""

    place: Place
    http: httpx.AsyncClient

    def headers(self, key: object = None, bearer: str | None = None) -> dict[str, str]:
        """The admin key, and an idempotency key, fresh unless given."""
        token = self.place.admin_key_file.read_text() if bearer is None else bearer
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": str(key or uuid.uuid4())}

    async def listed(self, brand: str) -> Mapping[str, Any] | None:
        """What the listing says of the brand."""
        answer = await self.http.get("/v1/registry/brands", headers=self.headers())
        assert answer.status_code == 200, answer.text
        return next((one for one in answer.json()["brands"] if one["brand"] == brand), None)

    async def until(self, brand: str, **said: object) -> None:
        """Wait until the listing says this of the brand."""

        async def so() -> bool:
            found = await self.listed(brand) or {}
            return all(found.get(name) == value for name, value in said.items())

        await eventually(so)

    async def until_gone(self, brand: str) -> None:
        """Wait until the listing does not name the brand."""

        async def gone() -> bool:
            return await self.listed(brand) is None

        await eventually(gone)

    async def brand(self, version: str = "mau-1") -> str:
        """A new brand, in force."""
        name = new_brand()
        self.place.put(name, version)
        await self.until(name, version=version, folder="active")
        return name

    async def issue(self, brand: str, *, key: object = None, **changes: Any) -> httpx.Response:
        """Issue a key to write tickets, with something changed."""
        body = {"name": "billing", "scopes": ["tickets:write"]} | changes
        return await self.http.post(f"/v1/registry/brands/{brand}/api-keys", json=body, headers=self.headers(key))

    async def revoke(self, brand: str, key_id: str, *, key: object = None) -> httpx.Response:
        """Revoke a key."""
        return await self.http.delete(f"/v1/registry/brands/{brand}/api-keys/{key_id}", headers=self.headers(key))


@asynccontextmanager
async def running(place: Place, *, until_ready: bool = True) -> AsyncIterator[Registry]:
    """A registry until the block ends, once it is ready, or once it answers at all; it must end cleanly."""
    settings, stopping = place.settings(), asyncio.Event()
    task = asyncio.create_task(serve(build(settings), stopping))
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{settings.port}", timeout=30) as http:

        async def ready() -> bool:
            if task.done():
                await task
            try:
                return (await http.get("/readyz")).status_code == 200 or not until_ready
            except httpx.TransportError:
                return False

        await eventually(ready)
        try:
            yield Registry(place, http)
        finally:
            stopping.set()
            await task
