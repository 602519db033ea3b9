"""Everything that may be asked of query over HTTP, as data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from services.query.api import mine, tickets
from services.query.api.answers import MyTicket, TicketPage, TicketRecord, Timeline
from services.query.api.door import Door
from services.runtime.operation import PHIEU_AFTER, Handler, Operation, Parameter

UUID_SCHEMA = {"type": "string", "format": "uuid"}
TICKET = Parameter(name="ticket_id", where="path", required=True, schema=UUID_SCHEMA)
ATTACHMENT = Parameter(name="attachment_id", where="path", required=True, schema=UUID_SCHEMA)
LIST = (
    Parameter(name="brand", where="query", text="The key's own brand; may be left out."),
    Parameter(name="status", where="query", schema={"type": "string", "pattern": tickets.STATUS.pattern}),
    Parameter(name="q", where="query", text="The beginning of a ticket's number, with or without spaces."),
    Parameter(name="cursor", where="query", text="`next` of the page before, with the same filters."),
    Parameter(
        name="limit",
        where="query",
        schema={"type": "integer", "minimum": 1, "maximum": tickets.MAX_LIMIT, "default": tickets.USUAL_LIMIT},
    ),
    PHIEU_AFTER,
)
Asked = Callable[[Callable[[Door, Request], Awaitable[Response]]], Handler]
BY_LINK = ("not-authenticated", "link-not-valid", "ticket-not-found", "keys-away")
BY_KEY = ("not-authenticated", "api-key-not-valid", "not-allowed", "not-ready", "read-token-not-valid")


def operations(door: Door) -> tuple[Operation, ...]:
    """The operations."""
    return (*_of_a_link(partial(_asked, door)), *_of_an_api_key(partial(_asked, door)))


def _asked(door: Door, handle: Callable[[Door, Request], Awaitable[Response]]) -> Handler:
    return partial(handle, door)


def _of_a_link(asked: Asked) -> tuple[Operation, ...]:
    return (
        Operation(
            name="my_ticket",
            method="GET",
            path="/v1/query/my/ticket",
            summary="The ticket that a private link opens.",
            handle=asked(mine.ticket),
            answer=MyTicket,
            parameters=(PHIEU_AFTER,),
            security=("link",),
            problems=(*BY_LINK, "read-token-not-valid"),
        ),
        Operation(
            name="my_attachment",
            method="GET",
            path="/v1/query/my/attachments/{attachment_id}",
            summary="A file of the ticket that a private link opens.",
            handle=asked(mine.attachment),
            parameters=(ATTACHMENT,),
            security=("link",),
            problems=(*BY_LINK, "not-found", "ticket-erased"),
        ),
    )


def _of_an_api_key(asked: Asked) -> tuple[Operation, ...]:
    return (
        Operation(
            name="tickets",
            method="GET",
            path="/v1/query/tickets",
            summary="A brand's tickets, newest first.",
            handle=asked(tickets.page),
            answer=TicketPage,
            parameters=LIST,
            security=("api_key",),
            problems=(*BY_KEY, "cursor-not-valid", "parameter-not-valid"),
        ),
        Operation(
            name="ticket",
            method="GET",
            path="/v1/query/tickets/{ticket_id}",
            summary="All there is of a ticket.",
            handle=asked(tickets.record),
            answer=TicketRecord,
            parameters=(TICKET, PHIEU_AFTER),
            security=("api_key",),
            problems=(*BY_KEY, "ticket-not-found"),
        ),
        Operation(
            name="timeline",
            method="GET",
            path="/v1/query/tickets/{ticket_id}/timeline",
            summary="What happened to a ticket, in order.",
            handle=asked(tickets.timeline),
            answer=Timeline,
            parameters=(TICKET, PHIEU_AFTER),
            security=("api_key",),
            problems=(*BY_KEY, "ticket-not-found"),
        ),
    )
