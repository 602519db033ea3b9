"""/healthz, /readyz and /metrics: alive, useful, and in numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.runtime.metrics import REGISTRY

Check = Callable[[], Coroutine[Any, Any, str | None]]
CHECK_SECONDS = 3.0


async def verdict(check: Check) -> str | None:
    """Why this part is not ready, or None; one that hangs, and cannot be cancelled, is left behind as not ready."""
    task = asyncio.ensure_future(check())
    done, _ = await asyncio.wait({task}, timeout=CHECK_SECONDS)
    if not done:
        task.add_done_callback(lambda late: late.cancelled() or late.exception())
        return "does not answer in time"
    error = task.exception()
    return type(error).__name__ if error else task.result()


def routes(checks: dict[str, Check]) -> list[BaseRoute]:
    """The three probes; a process is ready when every named check finds nothing."""

    async def healthz(_: Request) -> Response:
        return Response(status_code=204)

    async def readyz(_: Request) -> Response:
        verdicts = await asyncio.gather(*map(verdict, checks.values()))
        found = {name: why for name, why in zip(checks, verdicts, strict=True) if why}
        return JSONResponse({"ready": not found, "waiting_for": found}, 503 if found else 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
