"""Publishes what the folders of the brands state: a supervised loop that takes up a new brand without a restart."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from phieu_schemas.fact import Fact
from services.policy.loader import LoadedBrand, Standing
from services.registry.adapters.folders import Folders, Found
from services.registry.commands import ActivatePolicy, Command
from services.registry.state import Brand
from services.registry.store import find, find_all
from services.runtime.ask import Answer, Ask
from services.runtime.clock import now
from services.runtime.errors import Refused, RetryableError
from services.runtime.ids import derived_id
from services.runtime.metrics import FOLDERS_REFUSED
from services.runtime.postgres import Pool
from services.runtime.topics import Topics
from services.runtime.writer import Writer

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 1.0


class Publisher:
    """Looks every second; a brand's topics are made before its first fact."""

    name = "brand folders"

    def __init__(
        self,
        *,
        folders: Folders,
        pool: Pool,
        writer: Writer[Brand, Command],
        topics: Topics,
        caught_up: Callable[[], bool],
        now: Callable[[], datetime] = now,
    ) -> None:
        """`caught_up` says whether the registry has read its own topics: before that nothing is published."""
        self.folders = folders
        self.pool = pool
        self.writer = writer
        self.topics = topics
        self.caught_up = caught_up
        self.now = now
        self.found: Mapping[str, Found] | None = None
        self.settled: dict[str, str] = {}
        """The content last put into force by this process: another process' newer one is not undone."""
        self.refused: dict[str, tuple[str, str]] = {}
        """The content that the registry itself refused, and why, by brand."""
        self.waiting: dict[str, tuple[str, Standing]] = {}
        """The content that loads and is not due, and why, by brand."""
        self.known_have_topics = False
        self.stopped = asyncio.Event()

    async def run(self) -> None:
        """Look, publish what changed, and look again, until stopped."""
        while not self.stopped.is_set():
            try:
                await self.look()
            except (OSError, RetryableError) as error:
                LOG.warning("the folders of the brands wait", extra={"error": type(error).__name__})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopped.wait(), LOOK_SECONDS)

    async def stop(self) -> None:
        """Finish the brand in hand."""
        self.stopped.set()

    async def look(self) -> None:
        """One look, and what follows from it; what is away is met again at the next."""
        before, self.found = self.found or {}, await asyncio.to_thread(self.folders.look)
        _report(before, self.found)
        if not self.caught_up():
            return
        await self._topics_of_known()
        at = self.now()
        for found in self.found.values():
            if found.loaded and self.settled.get(found.loaded.brand) != found.loaded.hash:
                await self._take_up(found.loaded, at)
        FOLDERS_REFUSED.set(sum(bool(self.faults_of(found)) for found in self.found.values()))

    def faults_of(self, found: Found) -> tuple[str, ...]:
        """What is wrong with a folder: that it does not load, or that what it states may not be published."""
        digest, fault = self.refused.get(found.loaded.brand, ("", "")) if found.loaded else ("", "")
        return (fault,) if found.loaded and found.loaded.hash == digest else found.faults

    async def _topics_of_known(self) -> None:
        """A brand whose folder is gone is still live, and this version may bring topics that it has not."""
        if not self.known_have_topics:
            self.known_have_topics = all([await self._has_topics(known.brand) for known in await find_all(self.pool)])

    async def _take_up(self, loaded: LoadedBrand, at: datetime) -> None:
        """Settle what is due; of what is not, say why, once."""
        standing = loaded.standing(at)
        if standing == "due":
            await self._settle(loaded)
        elif self.waiting.get(loaded.brand) != (loaded.hash, standing):
            self.waiting[loaded.brand] = (loaded.hash, standing)
            cause = f"{standing}, effective from {loaded.effective_from.isoformat()}"
            LOG.warning(
                "a brand's folder loads but is not put into force",
                extra={"brand": loaded.brand, "version": loaded.version, "cause": cause},
            )

    async def _settle(self, loaded: LoadedBrand) -> None:
        """A brand that cannot be published yet holds up no other."""
        if not await self._has_topics(loaded.brand):
            return
        known = await find(self.pool, loaded.brand)
        if known is None or known.hash != loaded.hash:
            await self._publish(loaded, known.sequence if known else 0)
        self.settled[loaded.brand] = loaded.hash

    async def _publish(self, loaded: LoadedBrand, sequence: int) -> None:
        about = {"brand": loaded.brand, "version": loaded.version}
        try:
            fault = _fault_in(await self.writer.ask(_ask(loaded, sequence)))
        except Refused as refusal:
            fault = refusal.detail or refusal.slug
        if fault:
            self.refused[loaded.brand] = (loaded.hash, fault)
            LOG.error("a brand's policy is refused; what was in force stays", extra=about | {"cause": fault})
        else:
            LOG.info("a policy is in force", extra=about)

    async def _has_topics(self, brand: str) -> bool:
        if self.stopped.is_set():
            return False
        try:
            await self.topics.ensure(brand)
        except RetryableError as error:
            LOG.warning("a brand waits for its topics", extra={"brand": brand, "cause": str(error)})
            return False
        return True


def _ask(loaded: LoadedBrand, sequence: int) -> Ask[Command]:
    """The sequence is part of the key: a content that was in force before may come into force again."""

    def command(at: datetime) -> ActivatePolicy:
        return ActivatePolicy(
            version=loaded.version, format=loaded.format, hash=loaded.hash, content=loaded.content, at=at
        )

    return Ask(
        scope="folder",
        key=derived_id("policy", loaded.brand, loaded.hash, sequence),
        fingerprint=b"",
        brand=loaded.brand,
        subject=loaded.brand,
        facts=sequence,
        command=command,
        reply=_reply,
    )


def _reply(_at: datetime, _sequence: int, _facts: tuple[Fact, ...]) -> Answer:
    return Answer(200, b"{}")


def _fault_in(answer: Answer) -> str:
    return str(json.loads(answer.body)["detail"]) if answer.status >= 400 else ""


def _report(before: Mapping[str, Found], found: Mapping[str, Found]) -> None:
    """Say once of each content why it is not taken up."""
    for name, one in found.items():
        if one.faults and before.get(name) is not one:
            LOG.error(
                "a brand's folder does not load; what was in force stays",
                extra={"brand": name, "cause": "; ".join(one.faults)},
            )
