"""The addresses of the pages."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from services.web.pages.brand import list_brands, send_form, show_brand
from services.web.pages.site import Handler, Site
from services.web.pages.ticket import add_message, download, show_ticket


class BrandConvertor(Convertor[str]):
    """A brand's id in an address; names with a dot are left to files."""

    regex = "[a-z0-9][a-z0-9-]*"

    def convert(self, value: str) -> str:
        """The id as it stands."""
        return value

    def to_string(self, value: str) -> str:
        """The id as it stands."""
        return value


register_url_convertor("brand", BrandConvertor())


def routes(site: Site) -> list[BaseRoute]:
    """Every page of the site, in the order in which they are tried."""
    found: list[tuple[str, str, Handler]] = [
        ("GET", "/", list_brands),
        ("GET", "/r/{token}", show_ticket),
        ("POST", "/r/{token}", add_message),
        ("GET", "/r/{token}/files/{file}", download),
        ("GET", "/{brand:brand}", show_brand),
        ("POST", "/{brand:brand}", send_form),
    ]
    return [
        Route("/robots.txt", robots),
        Route("/static/{name}", site.assets.serve),
        *(Route(path, site.served(handler.__name__, handler), methods=[method]) for method, path, handler in found),
    ]


async def robots(_: Request) -> Response:
    """Search engines may find the forms, never a ticket."""
    return PlainTextResponse("User-agent: *\nDisallow: /r/\nDisallow: /v1/\n")


class NotFound:
    """The page for an address that is none."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.site.words(Request(scope, receive), "not_found", 404)(scope, receive, send)
