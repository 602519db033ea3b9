"""The life of a process: open, serve, supervise, and on SIGTERM finish what is in hand."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import uvicorn
import uvloop
from psycopg import OperationalError
from pydantic import ValidationError
from starlette.types import ASGIApp

from services.runtime import logs, telemetry
from services.runtime.errors import StoreAwayError
from services.runtime.settings import ServiceSettings, faults_of

LOG = logging.getLogger(__name__)
COMMAND_SECONDS = 15.0
DOOR_SHARE = 0.5
"""Of the time that is left after SIGTERM, what requests in hand may take; the rest is for the loops they rely on."""


class Loop(Protocol):
    """A task that runs as long as the process: its end before `stop` is the process' end."""

    name: str

    async def run(self) -> None:
        """Work until `stop` was called and what is in hand is finished."""

    async def stop(self) -> None:
        """Ask for the end; `run` returns soon after."""


Step = Callable[[], Awaitable[None]]
Command = Callable[[str | None], Awaitable[object]]
"""Something done by hand, for one subject or for all; gives what is printed as JSON."""


@dataclass(slots=True, kw_only=True)
class Service:
    """A built service: what it serves, what it keeps running, what it opens first and closes last."""

    name: str
    settings: ServiceSettings
    app: ASGIApp
    loops: list[Loop] = field(default_factory=list)
    opening: list[Step] = field(default_factory=list)
    closing: list[Step] = field(default_factory=list)
    commands: dict[str, Command] = field(default_factory=dict)


class LoopEndedError(Exception):
    """A supervised loop ended by itself."""


class Server(uvicorn.Server):
    """Uvicorn without its own signal handling: the supervisor below decides."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def server_of(service: Service) -> Server:
    """The HTTP server of a service, not yet listening."""
    return Server(
        uvicorn.Config(
            service.app,
            host=service.settings.host,
            port=service.settings.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=30,
            h11_max_incomplete_event_size=65_536,
            timeout_graceful_shutdown=max(1, int(service.settings.shutdown_grace_seconds * DOOR_SHARE)),
        )
    )


async def _kept(name: str, work: Coroutine[Any, Any, None], stopping: asyncio.Event) -> None:
    await work
    if not stopping.is_set():
        LOG.critical("a part ended by itself", extra={"task": name})
        raise LoopEndedError(name)


async def _ended(running: list[asyncio.Task[None]], deadline: float) -> None:
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=deadline - asyncio.get_running_loop().time())
    for task in late:
        LOG.error("a loop did not end in time", extra={"task": task.get_name()})
        task.cancel()


def _spare_the_collector() -> None:
    """What is built stays: only what requests make is looked through for cycles, and less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def serve(service: Service, stopping: asyncio.Event) -> None:
    """Run the service until `stopping` is set; raise as soon as one of its parts dies. What was opened is closed."""
    try:
        if await _opened(service, stopping):
            _spare_the_collector()
            await _supervise(service, stopping)
    finally:
        for step in reversed(service.closing):
            with contextlib.suppress(Exception):
                await step()


async def _opened(service: Service, stopping: asyncio.Event) -> bool:
    """Take the opening steps, unless the end is asked for meanwhile: nothing is in hand yet, so it is heard at once."""

    async def steps() -> None:
        for step in service.opening:
            await step()

    opening, asked = asyncio.ensure_future(steps()), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({opening, asked}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        opening.cancel()
        asked.cancel()
        await asyncio.wait({opening, asked}, timeout=service.settings.shutdown_grace_seconds)
    if stopping.is_set():
        return False
    await opening
    return True


async def _supervise(service: Service, stopping: asyncio.Event) -> None:
    """Serve, and keep the loops running, until the end is asked for; then one deadline for all of them."""
    server = server_of(service)
    socket = server.config.bind_socket()
    LOG.info("listening", extra={"port": socket.getsockname()[1]})
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(_kept("http", server.serve([socket]), stopping), name="http")
        running = [group.create_task(_kept(one.name, one.run(), stopping), name=one.name) for one in service.loops]
        await stopping.wait()
        LOG.info("stopping")
        deadline = asyncio.get_running_loop().time() + service.settings.shutdown_grace_seconds
        server.should_exit = True
        await serving
        for loop in reversed(service.loops):
            await loop.stop()
        await _ended(running, deadline)


async def _run(service: Service) -> int:
    stopping = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, stopping.set)
    provider = telemetry.configure(service.name, service.settings)
    try:
        await serve(service, stopping)
    except BaseExceptionGroup as group:
        for error in group.exceptions:
            LOG.critical("a part of the process died", exc_info=error)
        return 1
    except Exception:
        LOG.critical("the process cannot start", exc_info=True)
        return 1
    finally:
        provider.shutdown()
    LOG.info("stopped")
    return 0


async def _command(service: Service, name: str, subject: str | None) -> int:
    """Run it once; with the stores away, and what it needs from them, it says so instead of waiting for them."""
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            for step in service.opening:
                await step()
        answer = await service.commands[name](subject)
    except (StoreAwayError, TimeoutError, OperationalError) as error:
        LOG.critical("the database does not answer: is the platform running?", extra={"error": type(error).__name__})
        return 1
    finally:
        for step in reversed(service.closing):
            await step()
    sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
    return 0


def _built(build: Callable[[], Service]) -> Service:
    """The service; or the end, and why: never in words that could quote a setting."""
    name = build.__module__.split(".")[-2:][0]
    logs.configure(name, "INFO")
    try:
        service = build()
    except ValidationError as error:
        sys.stderr.write("".join(f"{line}\n" for line in faults_of(error, name)))
        sys.exit(2)
    except Exception:
        LOG.critical("the process cannot be built", exc_info=True)
        sys.exit(1)
    logs.configure(service.name, service.settings.log_level)
    return service


def main(build: Callable[[], Service]) -> None:
    """Run a service as this process, or one of its commands; exit 0 after a clean end.

    1 when a part died or could not start, 2 when a setting is wrong.
    """
    service = _built(build)
    if len(sys.argv) == 1:
        sys.exit(uvloop.run(_run(service)))
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    parser.add_argument("command", choices=sorted(service.commands))
    parser.add_argument("subject", nargs="?", help="only this ticket or brand; for go-on, topic/partition")
    given = parser.parse_args()
    sys.exit(uvloop.run(_command(service, given.command, given.subject)))
