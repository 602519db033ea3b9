"""GET /v1/query/tickets...: what a program with the brand's API key may read."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from services.query.api.answers import TicketListed, TicketPage, TicketRecord, Timeline
from services.query.api.cursors import cursor_of, place_of
from services.query.api.door import Door, id_in, shown
from services.query.store import Json, Wanted, newest, record_of, timeline_of
from services.runtime.errors import Refused

MAX_LIMIT, USUAL_LIMIT = 100, 50
STATUS = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
NUMBER = re.compile(r"[0-9]{1,10}")


async def page(door: Door, request: Request) -> Response:
    """A page of the brand's tickets."""
    brand = door.reader(request)
    if request.query_params.get("brand", brand) != brand:
        raise Refused("not-allowed")
    is_current = await door.after.applied(request)
    wanted = _wanted(request, brand)
    found = await newest(door.pool, wanted._replace(limit=wanted.limit + 1))
    shown_here, is_last = found[: wanted.limit], len(found) <= wanted.limit
    last = None if is_last else shown_here[-1]
    cursor = cursor_of(last.received_at, last.ticket_id, _listing(wanted)) if last else None
    listed = [TicketListed.model_validate(one) for one in shown_here]
    return shown(TicketPage(tickets=listed, next=cursor, stale=not is_current))


def _wanted(request: Request, brand: str) -> Wanted:
    asked = request.query_params
    wanted = Wanted(brand, _status(asked.get("status")), _number(asked.get("q")), _limit(asked.get("limit")))
    if "cursor" not in asked:
        return wanted
    at, ticket_id = place_of(asked["cursor"], _listing(wanted))
    return wanted._replace(before_at=at, before_id=ticket_id)


def _listing(wanted: Wanted) -> str:
    """What makes two lists the same, whatever their pages."""
    return f"{wanted.brand} {wanted.status or ''} {wanted.number or ''}"


def _status(given: str | None) -> str | None:
    if given is not None and not STATUS.fullmatch(given):
        raise Refused("parameter-not-valid", "status is a word such as received.")
    return given


def _number(given: str | None) -> str | None:
    """What is looked for: a number as it was said, from its beginning."""
    digits = "".join((given or "").split())
    if given is not None and not NUMBER.fullmatch(digits):
        raise Refused("parameter-not-valid", "q is the beginning of a ticket's number, at most ten digits.")
    return digits or None


def _limit(given: str | None) -> int:
    if given is None:
        return USUAL_LIMIT
    if not (given.isascii() and given.isdigit() and len(given) <= 3 and 1 <= int(given) <= MAX_LIMIT):
        raise Refused("parameter-not-valid", f"limit is a number from 1 to {MAX_LIMIT}.")
    return int(given)


async def record(door: Door, request: Request) -> Response:
    """All there is of a ticket of the brand."""
    brand = door.reader(request)
    ticket_id = id_in(request, "ticket_id", "ticket-not-found")
    is_current = await door.after.applied(request, str(ticket_id))
    found = await record_of(door.pool, ticket_id)
    return shown(TicketRecord.model_validate(_own(found, brand, is_current=is_current)))


async def timeline(door: Door, request: Request) -> Response:
    """What happened to a ticket of the brand, in order."""
    brand = door.reader(request)
    ticket_id = id_in(request, "ticket_id", "ticket-not-found")
    is_current = await door.after.applied(request, str(ticket_id))
    found = await timeline_of(door.pool, ticket_id)
    return shown(Timeline.model_validate(_own(found, brand, is_current=is_current)))


def _own(found: tuple[str, Json] | None, brand: str, *, is_current: bool) -> Json:
    """What was found, if it is the brand's: another brand's ticket is not there."""
    if found is None or found[0] != brand:
        raise Refused("ticket-not-found")
    return {**found[1], "stale": found[1]["stale"] or not is_current}
