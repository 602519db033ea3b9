"""Everything that may be asked of intake over HTTP, as data."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.adapters.bodies import MessageBody, TicketBody
from services.intake.api import brands, erasures, messages, tickets
from services.intake.api.door import Door, bounded
from services.runtime.operation import IDEMPOTENCY_KEY, Handler, Operation, Parameter

FILES = ("file-empty", "file-encrypted", "file-name", "file-not-taken", "file-not-what-it-says", "file-too-large",
         "file-type", "file-unsafe")  # fmt: skip
BODIES = ("body-not-valid", "body-too-large", "body-too-slow", "type-not-supported")
WRITES = (
    *BODIES,
    "idempotency-key-missing",
    "idempotency-key-not-valid",
    "idempotency-key-reused",
    "keys-away",
    "not-ready",
)
BRAND = Parameter(name="brand", where="path", required=True, schema={"type": "string", "pattern": "^[a-z0-9-]{1,40}$"})
TICKET = Parameter(name="ticket_id", where="path", required=True, schema={"type": "string", "format": "uuid"})


class TicketAnswer(BaseModel):
    """A request that was let in; `link` opens it for whoever has it."""

    ticket_id: UUID
    number: str
    accepted_at: datetime
    link: str
    read_token: str


class MessageAnswer(BaseModel):
    """A message that was let in: its number within the ticket."""

    message: int
    accepted_at: datetime
    read_token: str


def operations(door: Door) -> tuple[Operation, ...]:
    """The operations; the one that carries the load stands first."""
    return _submit(door), _message(door), _erase(door), _brands(door), _forms(door)


def _asked_patiently(door: Door, handle: Callable[[Door, Request], Coroutine[Any, Any, Response]]) -> Handler:
    return lambda request: bounded(handle(door, request))


def _submit(door: Door) -> Operation:
    return Operation(
        name="submit",
        method="POST",
        path="/v1/intake/{brand}/tickets",
        summary="Send a request; it becomes a ticket.",
        handle=partial(tickets.submit, door),
        status=201,
        body=TicketBody,
        multipart="ticket",
        answer=TicketAnswer,
        parameters=(BRAND, IDEMPOTENCY_KEY),
        security=("api_key",),
        anonymous=True,
        problems=(
            *WRITES,
            *FILES,
            "unknown-brand",
            "brand-not-live",
            "form-unknown",
            "channel-not-offered",
            "form-not-valid",
            "api-key-not-valid",
            "not-allowed",
        ),
    )


def _message(door: Door) -> Operation:
    return Operation(
        name="message",
        method="POST",
        path="/v1/intake/tickets/{ticket_id}/messages",
        summary="Add a message to a ticket.",
        handle=_asked_patiently(door, messages.add),
        status=201,
        body=MessageBody,
        multipart="message",
        answer=MessageAnswer,
        parameters=(TICKET, IDEMPOTENCY_KEY),
        security=("link", "api_key"),
        problems=(
            *WRITES,
            *FILES,
            "message-not-valid",
            "ticket-not-found",
            "ticket-erased",
            "link-not-valid",
            "api-key-not-valid",
            "not-authenticated",
            "not-allowed",
            "brand-not-live",
        ),
    )


def _erase(door: Door) -> Operation:
    return Operation(
        name="erase",
        method="POST",
        path="/v1/intake/erasures",
        summary="Erase a person's data: the keys of their tickets are deleted.",
        handle=_asked_patiently(door, erasures.erase),
        also=(202,),
        body=erasures.ErasureBody,
        answer=erasures.ErasureAnswer,
        parameters=(IDEMPOTENCY_KEY,),
        security=("api_key",),
        problems=(*WRITES, "ticket-not-found", "api-key-not-valid", "not-authenticated", "not-allowed"),
    )


def _brands(door: Door) -> Operation:
    return Operation(
        name="brands",
        method="GET",
        path="/v1/intake/brands",
        summary="The brands that are live.",
        handle=partial(brands.list_brands, door),
        answer=brands.BrandsAnswer,
    )


def _forms(door: Door) -> Operation:
    return Operation(
        name="forms",
        method="GET",
        path="/v1/intake/{brand}/forms",
        summary="What a brand's forms ask for.",
        handle=partial(brands.show_forms, door),
        answer=brands.FormsAnswer,
        parameters=(BRAND,),
        problems=("unknown-brand", "brand-not-live"),
    )
