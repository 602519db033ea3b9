"""Requests in: operations declared as data, one bounded body reader, problem+json for every refusal."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from time import perf_counter
from uuid import UUID

from prometheus_client import Histogram
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, Router, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from services.runtime import openapi, problems
from services.runtime.errors import Refused, RetryableError
from services.runtime.metrics import REQUEST_SECONDS
from services.runtime.operation import Operation
from services.runtime.patience import Patience

LOG = logging.getLogger(__name__)
WHOLE, SILENCE = Patience(seconds=60.0), Patience(seconds=10.0)
"""For a body, and for its next part: a slow line is not a silent one."""


SECONDS: dict[tuple[str, int], Histogram] = {}
"""The histogram of each operation and status: looking one up by its labels takes longer than counting in it."""


class Endpoint:
    """All operations of one path as an ASGI application; turns every failure into a problem."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = {one.method: one for one in operations}
        self.allow = ", ".join(sorted(self.operations))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        operation = self.operations.get(scope["method"])
        if operation is None:
            refusal = problems.response(Refused("method-not-allowed"))
            refusal.headers["Allow"] = self.allow
            await refusal(scope, receive, send)
            return
        response = await answered(operation, Request(scope, receive))
        metric = operation.name, response.status_code
        seconds = SECONDS.get(metric) or SECONDS.setdefault(metric, REQUEST_SECONDS.labels(*metric))
        seconds.observe(perf_counter() - started)
        await response(scope, receive, send)


async def answered(operation: Operation, request: Request) -> Response:
    """The operation's answer, or the problem that stands for what went wrong."""
    try:
        return await operation.handle(request)
    except Refused as refused:
        return problems.response(refused)
    except RetryableError as error:
        return problems.response(problems.refusal_of(error))
    except ClientDisconnect:
        return Response(status_code=499)
    except Exception:
        LOG.exception("an operation failed", extra={"operation": operation.name})
        return problems.response(Refused("internal"))


class Doors:
    """The paths of a service's operations, in order; what is none of them goes to the rest."""

    def __init__(self, endpoints: Mapping[str, Endpoint], rest: ASGIApp) -> None:
        self.rest = rest
        self.endpoints = [(compile_path(path)[0], endpoint) for path, endpoint in endpoints.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        for pattern, endpoint in self.endpoints:
            if found := pattern.fullmatch(path):
                scope["path_params"] = found.groupdict()
                await endpoint(scope, receive, send)
                return
        await self.rest(scope, receive, send)


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to a path that nobody owns."""
    await problems.response(Refused("not-found"))(scope, receive, send)


def application(service: str, operations: Sequence[Operation], extra: Sequence[BaseRoute] = ()) -> ASGIApp:
    """The service's HTTP application: its operations in order, its OpenAPI document, and extra routes."""
    paths: dict[str, list[Operation]] = {}
    for one in operations:
        paths.setdefault(one.path, []).append(one)
    described = openapi.document(service, operations)

    async def document(_: Request) -> Response:
        return JSONResponse(described)

    rest = Router([*extra, Route("/openapi.json", document)], default=not_found, redirect_slashes=False)
    return Doors({path: Endpoint(found) for path, found in paths.items()}, rest)


def header(request: Request, name: bytes) -> str | None:
    """The first header of this name, in lower case as the server gives them."""
    for found, value in request.scope["headers"]:
        if found == name:
            return str(value, "latin-1")
    return None


def idempotency_key(request: Request) -> UUID:
    """The caller's key for this write; for an anonymous caller it is a secret too."""
    given = header(request, b"idempotency-key")
    if given is None:
        raise Refused("idempotency-key-missing")
    try:
        return UUID(given)
    except ValueError:
        raise Refused("idempotency-key-not-valid") from None


class Recorded(Response):
    """A JSON answer that lies ready as bytes; its two headers are written without a detour."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]


async def body_of(request: Request, limit: int) -> bytes:
    """The whole body: at most `limit` bytes, a minute, and ten seconds without any more of it."""
    announced = header(request, b"content-length")
    if announced and announced.isdigit() and int(announced) > limit:
        raise Refused("body-too-large")
    try:
        with WHOLE:
            return await _read(request.receive, limit)
    except TimeoutError:
        raise Refused("body-too-slow") from None


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        with SILENCE:
            message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        size, more = size + len(chunks[-1]), message.get("more_body", False)
        if size > limit:
            raise Refused("body-too-large")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
