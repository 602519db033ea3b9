"""The public port and its stand-in owners on real sockets, in the test's own loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from services.runtime.service import Service, server_of
from services.runtime.settings import ServiceSettings
from services.web.app import service_of
from services.web.settings import WebSettings
from tests.component.web.owners import Owners

SECRET = "a secret of more than thirty-two characters"


@asynccontextmanager
async def served(service: Service) -> AsyncIterator[str]:
    """Serve until the block ends; gives the address."""
    server = server_of(service)
    socket = server.config.bind_socket()
    task = asyncio.create_task(server.serve([socket]))
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await task
        socket.close()


@asynccontextmanager
async def owners_served(owners: Owners) -> AsyncIterator[Owners]:
    """The stand-in owners, answering on one address."""
    app: ASGIApp = owners.app()
    service = Service(name="owners", settings=ServiceSettings(), app=app)
    async with served(service) as owners.url:
        yield owners


@asynccontextmanager
async def web_served(owner_url: str, folder: Path, **settings: Any) -> AsyncIterator[str]:
    """The public port in front of these owners."""
    secret = folder / "web-secret"
    secret.write_text(SECRET)
    urls = {"INTAKE_URL": owner_url, "QUERY_URL": owner_url, "REGISTRY_URL": "http://127.0.0.1:9"}
    quick: dict[str, Any] = {"TRACE_RATIO": 0.0, "write_seconds": 4.0, "read_seconds": 8.0, "first_look_seconds": 3.0}
    service = service_of(WebSettings.model_validate({"secret_file": secret, **urls, **quick, **settings}))
    async with served(service) as url:
        yield url
    for step in service.closing:
        await step()
