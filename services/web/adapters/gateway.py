"""The laptop's gateway: /v1/<owner>/... goes to its owner unchanged, bounded, streamed both ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from time import perf_counter

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from services.runtime import problems
from services.runtime.errors import Refused
from services.runtime.metrics import REQUEST_SECONDS
from services.runtime.telemetry import request_span
from services.web.adapters.visitors import RETRY_SECONDS, Visitors

HOP_BY_HOP = {
    "connection", "host", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip
# The pages' cookies are nobody else's business, and who is behind a proxy is decided here.
NOT_PASSED_ON = HOP_BY_HOP | {"cookie", "expect", "forwarded", "x-forwarded-for"}
READS = {"GET", "HEAD", "OPTIONS"}
BODY_SECONDS = 60.0


class Gateway:
    """Passes requests on to their owners; its own words are only 404, 413, 408, 429 and 503."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        owners: Mapping[str, str],
        visitors: Visitors,
        *,
        body_bytes: int,
        trace_ratio: float,
    ) -> None:
        self.client = client
        self.owners = {owner: httpx.URL(url) for owner, url in owners.items()}
        self.visitors = visitors
        self.body_bytes = body_bytes
        self.trace_ratio = trace_ratio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        response = await self.answer(Request(scope, receive))
        REQUEST_SECONDS.labels("gateway", response.status_code).observe(perf_counter() - started)
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """The owner's answer, or the gateway's own problem."""
        try:
            return await self._passed_on(request)
        except Refused as refused:
            return problems.response(refused)
        except ClientDisconnect:
            return Response(status_code=499)
        except httpx.PoolTimeout:
            return problems.response(Refused("busy"))
        except httpx.HTTPError:
            return problems.response(Refused("service-away"))

    async def _passed_on(self, request: Request) -> Response:
        target = self._target(request)
        if request.method not in READS and not self.visitors.may_write(request, "api"):
            raise Refused("too-many-requests", retry_after=RETRY_SECONDS)
        with request_span("gateway", request.headers.get("traceparent"), self.trace_ratio) as traceparent:
            headers = passed_on(request.headers.items(), NOT_PASSED_ON)
            if traceparent:
                headers = [*(pair for pair in headers if pair[0] != "traceparent"), ("traceparent", traceparent)]
            content = self._body(request) if has_body(request) else None
            outgoing = httpx.Request(request.method, target, headers=headers, content=content)
            outgoing.extensions = {"timeout": self.client.timeout.as_dict()}
            answer = await self.client.send(outgoing, stream=True)
        return Passed(answer, passed_on(answer.headers.multi_items(), HOP_BY_HOP))

    def _target(self, request: Request) -> httpx.URL:
        raw: bytes = request.scope["raw_path"]
        segments = raw.split(b"/")
        owner = self.owners.get(segments[2].decode("latin-1")) if len(segments) > 3 else None
        if owner is None or {b".", b".."} & set(segments):
            raise Refused("not-found")
        query: bytes = request.scope["query_string"]
        return owner.copy_with(raw_path=raw + (b"?" + query if query else b""))

    async def _body(self, request: Request) -> AsyncIterator[bytes]:
        size = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for chunk in request.stream():
                    size += len(chunk)
                    if size > self.body_bytes:
                        raise Refused("body-too-large")
                    yield chunk
        except TimeoutError:
            raise Refused("body-too-slow") from None


def has_body(request: Request) -> bool:
    """Whether a request brings a body at all."""
    return "content-length" in request.headers or "transfer-encoding" in request.headers


def passed_on(headers: list[tuple[str, str]], dropped: set[str]) -> list[tuple[str, str]]:
    """The headers that travel on: none of `dropped`, and none that `Connection` names."""
    named = {
        part.strip().lower() for name, value in headers if name.lower() == "connection" for part in value.split(",")
    }
    return [(name, value) for name, value in headers if name.lower() not in dropped | named]


class Passed(StreamingResponse):
    """An owner's answer on its way out as it comes; its connection is given back whatever happens to the caller."""

    def __init__(self, answer: httpx.Response, headers: list[tuple[str, str]]) -> None:
        super().__init__(answer.aiter_raw(), answer.status_code)
        self.answer = answer
        self.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.answer.aclose()
