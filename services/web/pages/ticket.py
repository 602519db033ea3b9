"""A ticket's private page: shown, added to, and its files."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.runtime.links import ticket_of
from services.web.adapters.gateway import Passed
from services.web.adapters.upstream import Declined
from services.web.pages.draft import draft_of
from services.web.pages.incoming import posted
from services.web.pages.seals import is_from_elsewhere
from services.web.pages.site import HEADERS, PRIVATE, Site
from services.web.pages.texts import language_of
from services.web.pages.ticket_page import TicketPage

PASSED = ("content-length", "content-type")


async def show_ticket(site: Site, request: Request) -> Response:
    """The ticket that the link opens."""
    token = request.path_params["token"]
    ticket_id = ticket_of(token)
    if ticket_id is None:
        return site.words(request, "no_ticket", 404)
    note = site.seals.note_of(request, ticket_id)
    wish = request.query_params.get("lang")
    return await TicketPage(site=site, request=request, token=token, note=note, wish=wish).shown(200)


async def add_message(site: Site, request: Request) -> Response:
    """Add to the ticket: back to its page, or the page again with everything that was typed."""
    token = request.path_params["token"]
    ticket_id = ticket_of(token)
    if ticket_id is None:
        return site.words(request, "no_ticket", 404)
    if is_from_elsewhere(request, site.public_host):
        return site.words(request, "elsewhere", 403)
    came = await posted(request, upload_bytes=site.upload_bytes, file_bytes=site.file_bytes)
    page = TicketPage(
        site=site,
        request=request,
        token=token,
        note=site.seals.note_of(request, ticket_id),
        draft=draft_of(came),
        wish=language_of(came.text("language")),
        came=came,
    )
    return await page.stopped() or await page.sent(ticket_id)


async def download(site: Site, request: Request) -> Response:
    """A file of the ticket; never shown by the browser, always saved."""
    try:
        found = await site.query.attachment(request.path_params["token"], UUID(request.path_params["file"]))
    except (Declined, ValueError):
        return site.words(request, "not_found", 404)
    passed = {name: found.headers[name] for name in PASSED if name in found.headers}
    disposition = found.headers.get("content-disposition", "")
    passed["content-disposition"] = disposition if disposition.startswith("attachment") else "attachment"
    return Passed(found, [*(HEADERS | PRIVATE | passed).items()])
