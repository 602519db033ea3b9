"""The composition root: every part of the public port, put together."""

from __future__ import annotations

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from services.runtime import health, openapi
from services.runtime.service import Service
from services.web.adapters.gateway import Gateway
from services.web.adapters.intake import Intake
from services.web.adapters.query import Query
from services.web.adapters.upstream import Upstream
from services.web.adapters.visitors import Visitors
from services.web.pages.assets import Assets
from services.web.pages.routes import NotFound, routes
from services.web.pages.seals import Seals, read_secret
from services.web.pages.site import Site, templates
from services.web.settings import WebSettings

CONNECT_SECONDS, POOL_SECONDS = 2.0, 2.0
CONNECTIONS = 256


def build() -> Service:
    """The service as the environment wants it."""
    return service_of(WebSettings())


def service_of(settings: WebSettings) -> Service:
    """The service as its settings want it."""
    client = client_of(settings)
    visitors = Visitors(
        trusted_proxies=settings.trusted_proxies,
        page_writes=settings.writes_per_minute,
        api_writes=settings.api_writes_per_minute,
    )
    site = site_of(settings, client, visitors)
    return Service(
        name="web",
        settings=settings,
        app=application(site, gateway_of(settings, client, visitors)),
        closing=[client.aclose],
    )


def client_of(settings: WebSettings) -> httpx.AsyncClient:
    """The one HTTP client towards the other services; proxies of the machine are none of its business."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(settings.gateway_seconds, connect=CONNECT_SECONDS, pool=POOL_SECONDS),
        limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=32),
        trust_env=False,
    )


def site_of(settings: WebSettings, client: httpx.AsyncClient, visitors: Visitors) -> Site:
    """The pages' parts."""
    intake = Upstream(client, settings.intake_url, settings.write_seconds)
    query = Upstream(client, settings.query_url, settings.read_seconds)
    return Site(
        intake=Intake(intake, reading_seconds=settings.read_seconds),
        query=Query(query),
        visitors=visitors,
        seals=Seals(read_secret(settings.secret_file), https=settings.public_url.startswith("https://")),
        assets=Assets(),
        public_url=settings.public_url,
        upload_bytes=settings.upload_bytes,
        file_bytes=settings.file_bytes,
        first_look_seconds=settings.first_look_seconds,
        trace_ratio=settings.trace_ratio,
        templates=templates(),
    )


def gateway_of(settings: WebSettings, client: httpx.AsyncClient, visitors: Visitors) -> Gateway:
    """The way through to the owners of the API."""
    owners = {"intake": settings.intake_url, "query": settings.query_url, "registry": settings.registry_url}
    return Gateway(client, owners, visitors, body_bytes=settings.body_bytes, trace_ratio=settings.trace_ratio)


def application(site: Site, gateway: Gateway) -> Router:
    """Pages, gateway and probes; the pages are useful while others are away, so nothing else is waited for."""
    described = openapi.document("web", ())

    async def document(_: Request) -> Response:
        return JSONResponse(described)

    return Router(
        [
            Route("/v1/{path:path}", gateway),
            *health.routes({}),
            Route("/openapi.json", document),
            *routes(site),
        ],
        default=NotFound(site),
        redirect_slashes=False,
    )
