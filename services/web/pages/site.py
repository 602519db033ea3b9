"""What every page stands on: its parts, its frame, its headers, and a page in words when it fails."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Literal
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from services.runtime.metrics import REQUEST_SECONDS
from services.runtime.telemetry import request_span
from services.web.adapters.intake import Intake
from services.web.adapters.query import Query
from services.web.adapters.upstream import AwayError
from services.web.adapters.visitors import Visitors
from services.web.pages.assets import Assets
from services.web.pages.incoming import FormUnreadable
from services.web.pages.seals import Seals
from services.web.pages.spoken import number_said, size_said, time_said
from services.web.pages.texts import language_of, say

LOG = logging.getLogger(__name__)
TEMPLATES = Path(__file__).parent.parent / "templates"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
}
PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}

Handler = Callable[["Site", Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a page says first about what just happened."""

    kind: Literal["error", "warning"]
    title: str
    text: str

    @classmethod
    def of(cls, kind: Literal["error", "warning"], slug: str, language: str, **values: object) -> Notice:
        """The notice of that slug in the reader's language."""
        return cls(kind=kind, title=say(f"{slug}_title", language, **values), text=say(slug, language, **values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one field."""

    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The parts that pages are made with."""

    intake: Intake
    query: Query
    visitors: Visitors
    seals: Seals
    assets: Assets
    public_url: str
    upload_bytes: int
    file_bytes: int
    first_look_seconds: float
    trace_ratio: float
    templates: Environment

    @property
    def public_host(self) -> str:
        """Host and port under which customers reach the platform."""
        return urlsplit(self.public_url).netloc

    def page(
        self,
        request: Request,
        template: str,
        language: str,
        *,
        status: int = 200,
        private: bool = False,
        **context: object,
    ) -> Response:
        """A page in the frame, with every header it needs."""
        session = self.seals.session_of(request) or self.seals.new_session()
        text = self.templates.get_template(template).render(
            t=partial(_said, language),
            language=language,
            other=_other(request, language) if request.method == "GET" else None,
            private=private,
            asset=self.assets.url,
            csrf=self.seals.token(session),
            number_said=number_said,
            time_said=partial(_time, language),
            size_said=partial(_size, language),
            **context,
        )
        response = HTMLResponse(text, status, HEADERS | (PRIVATE if private else {}))
        if status in {429, 503}:
            response.headers["Retry-After"] = "60" if status == 429 else "5"
        self.seals.keep_session(response, session)
        return response

    def words(
        self,
        request: Request,
        slug: str,
        status: int,
        *,
        language: str | None = None,
        to_form: str | None = None,
        carried: Mapping[str, str] | None = None,
    ) -> Response:
        """A page that says what is the matter, by the slug of its texts; `carried` is kept for another try."""
        return self.page(
            request,
            "words.html",
            language_of(language, request.query_params.get("lang")),
            status=status,
            private=True,
            slug=slug,
            to_form=to_form,
            carried=carried,
            retry=request.url.path if request.method == "GET" else None,
        )

    @contextmanager
    def trace(self, request: Request, operation: str) -> Iterator[dict[str, str]]:
        """Trace what a page asks for; gives the headers that carry the trace on."""
        with request_span(operation, request.headers.get("traceparent"), self.trace_ratio) as traceparent:
            yield {"traceparent": traceparent} if traceparent else {}

    def served(self, name: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A handler as an endpoint: timed, and with a page in words for whatever goes wrong."""

        async def endpoint(request: Request) -> Response:
            started = perf_counter()
            response = await self._answer(name, handler, request)
            REQUEST_SECONDS.labels(name, response.status_code).observe(perf_counter() - started)
            return response

        return endpoint

    async def _answer(self, name: str, handler: Handler, request: Request) -> Response:
        try:
            return await handler(self, request)
        except AwayError:
            return self.words(request, "unavailable", 503)
        except FormUnreadable:
            return self.words(request, "unreadable", 400)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            LOG.exception("a page failed", extra={"operation": name})
            return self.words(request, "broken", 500)


def templates() -> Environment:
    """The templates: everything escaped, and a missing name is a fault of ours."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _said(language: str, slug: str, **values: object) -> str:
    return say(slug, language, **values)


def _time(language: str, at: datetime, timezone: str) -> str:
    return time_said(at, timezone, language)


def _size(language: str, size: int) -> str:
    return size_said(size, language)


def _other(request: Request, language: str) -> str:
    query = request.query_params
    kept = "".join(f"&{name}={query[name]}" for name in ("form",) if query.get(name, "").isidentifier())
    return f"{request.url.path}?lang={'en' if language == 'vi' else 'vi'}{kept}"
