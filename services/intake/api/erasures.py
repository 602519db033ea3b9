"""POST /v1/intake/erasures: a person asks that their data be gone."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from phieu_schemas.fold import Brand
from services.intake.adapters.bodies import MAX_JSON_BYTES, parsed
from services.intake.api.door import Door
from services.intake.store import tickets_of
from services.runtime import auth, links
from services.runtime.errors import Refused
from services.runtime.http import body_of, idempotency_key


class ErasureBody(BaseModel):
    """Whose data: every ticket of an address, or one ticket."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    email: Annotated[str, Field(min_length=3, max_length=254)] | None = None
    ticket_id: UUID | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> ErasureBody:
        if (self.email is None) == (self.ticket_id is None):
            raise ValueError("name either an email or a ticket_id")
        return self


class ErasureAnswer(BaseModel):
    """The tickets that are erased, and those whose keys could not be deleted yet: these are tried until they are."""

    erased: list[UUID]
    pending: list[UUID]


async def erase(door: Door, request: Request) -> Response:
    """Delete the keys of a person's tickets and say so on the log; asking again changes nothing."""
    door.open()
    idempotency_key(request)
    brand, _ = auth.allowed(door.brands, request, "tickets:erase", door.clock())
    body = parsed(ErasureBody, await body_of(request, MAX_JSON_BYTES))
    tickets = await tickets_of(
        door.pool, brand.brand, requester=await _requester(door, brand, body), ticket_id=body.ticket_id
    )
    if not tickets:
        raise Refused("ticket-not-found")
    pending = await door.eraser.ask(brand.brand, brand.sequence, tickets)
    done = [ticket for ticket in tickets if ticket not in pending]
    return JSONResponse({"erased": done, "pending": pending}, 202 if pending else 200)


async def _requester(door: Door, brand: Brand, body: ErasureBody) -> UUID | None:
    if body.email is None:
        return None
    key = await door.ring.brand_key(brand.brand, links.REQUESTERS, make=True)
    return links.requester_id(key, body.email)
