"""A process on the real supervisor, with parts that misbehave."""

from __future__ import annotations

import asyncio
import sys

from pydantic_settings import SettingsConfigDict
from starlette.types import Receive, Scope, Send

from services.runtime.service import Loop, Service, Step, main
from services.runtime.settings import ServiceSettings, StoreSettings

GRACE_SECONDS = 2.5


class ToySettings(StoreSettings):
    """As a service declares its own; the room of this file is taken for the service's name."""

    model_config = SettingsConfigDict(env_prefix="RUNTIME_", frozen=True, extra="ignore")


def said(word: str) -> None:
    """Told to who watches."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


class Endless:
    """A loop that ends when it is asked to, or whatever comes."""

    name = "endless"

    def __init__(self, *, deaf: bool = False) -> None:
        self.deaf = deaf
        self.asked = asyncio.Event()

    async def run(self) -> None:
        """Run."""
        said("running")
        await self.asked.wait()

    async def stop(self) -> None:
        """Ask for the end, in vain if it is deaf."""
        if not self.deaf:
            self.asked.set()


class Short(Endless):
    """A loop that ends by itself."""

    name = "short"

    async def run(self) -> None:
        """End."""


class Broken(Endless):
    """A loop that raises."""

    name = "broken"

    async def run(self) -> None:
        """Raise."""
        raise ZeroDivisionError("hush")


async def silent(_: Scope, _receive: Receive, _send: Send) -> None:
    """A request that is never answered."""
    said("asked")
    await asyncio.Event().wait()


async def close() -> None:
    """The last step."""
    said("closed")


async def never() -> None:
    """A first step that waits for something that does not come."""
    said("opening")
    await asyncio.Event().wait()


async def in_vain() -> None:
    """A first step that fails."""
    raise ConnectionError("hush")


def faulty(how: str) -> Service:
    """A service with one fault, or with none."""
    if how == "settings":
        ToySettings()
    if how == "parts":
        raise OSError("hush")
    settings = ServiceSettings.model_validate({"SHUTDOWN_GRACE_SECONDS": GRACE_SECONDS})
    parts: dict[str, list[Loop]] = {"deaf": [Endless(deaf=True)], "short": [Short()], "broken": [Broken()]}
    steps: dict[str, list[Step]] = {"opening": [never], "failing": [in_vain]}
    return Service(
        name="toy",
        settings=settings,
        app=silent,
        loops=[Endless(), *parts.get(how, [])],
        opening=[*steps.get(how, [])],
        closing=[close],
    )


def run(how: str) -> None:
    """Live, and die, as a service does."""

    def build() -> Service:
        return faulty(how)

    sys.argv = sys.argv[:1]
    main(build)
