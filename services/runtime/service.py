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
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import uvicorn
import uvloop
from starlette.types import ASGIApp

from services.runtime import logs, telemetry
from services.runtime.settings import ServiceSettings

LOG = logging.getLogger(__name__)


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
            timeout_graceful_shutdown=int(service.settings.shutdown_grace_seconds),
        )
    )


async def _kept(loop: Loop, stopping: asyncio.Event) -> None:
    await loop.run()
    if not stopping.is_set():
        raise LoopEndedError(loop.name)


async def _ended(running: list[asyncio.Task[None]], grace_seconds: float) -> None:
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=grace_seconds)
    for task in late:
        LOG.error("a loop did not end in time", extra={"task": task.get_name()})
        task.cancel()


def _spare_the_collector() -> None:
    """What is built stays: only what requests make is looked through for cycles, and less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def serve(service: Service, stopping: asyncio.Event) -> None:
    """Run the service until `stopping` is set; raise as soon as one of its parts dies."""
    for step in service.opening:
        await step()
    _spare_the_collector()
    server = server_of(service)
    socket = server.config.bind_socket()
    LOG.info("listening", extra={"port": socket.getsockname()[1]})
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve([socket]), name="http")
        running = [group.create_task(_kept(loop, stopping), name=loop.name) for loop in service.loops]
        await stopping.wait()
        LOG.info("stopping")
        server.should_exit = True
        await serving
        for loop in reversed(service.loops):
            await loop.stop()
        await _ended(running, service.settings.shutdown_grace_seconds)
    for step in reversed(service.closing):
        with contextlib.suppress(Exception):
            await step()


async def _run(build: Callable[[], Service]) -> int:
    stopping = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, stopping.set)
    service = build()
    logs.configure(service.name, service.settings.log_level)
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
    for step in service.opening:
        await step()
    try:
        answer = await service.commands[name](subject)
    finally:
        for step in reversed(service.closing):
            await step()
    sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
    return 0


def main(build: Callable[[], Service]) -> None:
    """Run a service as this process, or one of its commands; exit 0 after a clean end, 1 when a part died."""
    if len(sys.argv) == 1:
        sys.exit(uvloop.run(_run(build)))
    service = build()
    logs.configure(service.name, service.settings.log_level)
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    parser.add_argument("command", choices=sorted(service.commands))
    parser.add_argument("subject", nargs="?", help="only this ticket or brand")
    given = parser.parse_args()
    sys.exit(uvloop.run(_command(service, given.command, given.subject)))
