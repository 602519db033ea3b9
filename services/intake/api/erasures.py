"""POST /v1/intake/erasures: a person asks that their data be gone."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from phieu_schemas.fold import Brand
from services.intake.adapters.bodies import read_json
from services.intake.adapters.erasure_book import Wanted
from services.intake.api.door import Door
from services.runtime import auth, links
from services.runtime.errors import Refused
from services.runtime.http import idempotency_key


class ErasureBody(BaseModel):
    """Whose data: every ticket of a mail address or of a telephone number, or one ticket."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    email: Annotated[str, Field(min_length=3, max_length=254)] | None = None
    phone: Annotated[str, Field(min_length=3, max_length=200)] | None = None
    ticket_id: UUID | None = None

    @property
    def address(self) -> str | None:
        """Whom it is about, if it is not about one ticket."""
        return self.email or self.phone

    @model_validator(mode="after")
    def _exactly_one(self) -> ErasureBody:
        if sum(one is not None for one in (self.email, self.phone, self.ticket_id)) != 1:
            raise ValueError("name either an email, a phone or a ticket_id")
        return self


class ErasureAnswer(BaseModel):
    """The tickets that are erased, and those whose keys could not be deleted yet: these are tried until they are."""

    erased: list[UUID]
    pending: list[UUID]


async def erase(door: Door, request: Request) -> Response:
    """Delete the keys of a person's tickets and say so on the log; asked again under its key, how far that is."""
    door.open()
    key = idempotency_key(request)
    brand, caller = auth.allowed(door.brands, request, "tickets:erase", door.clock())
    body = await read_json(request, ErasureBody)
    wanted = Wanted(
        scope=f"{caller.key_id} erase {brand.brand}",
        key=key,
        brand=brand.brand,
        facts=brand.sequence,
        requester=await _requester(door, brand, body),
        ticket_id=body.ticket_id,
    )
    tickets, pending = await door.eraser.ask(wanted)
    if not tickets:
        raise Refused("ticket-not-found")
    answer = {
        "erased": [ticket for ticket in tickets if ticket not in pending],
        "pending": [ticket for ticket in tickets if ticket in pending],
    }
    return JSONResponse(answer, 202 if pending else 200)


async def _requester(door: Door, brand: Brand, body: ErasureBody) -> UUID | None:
    if body.address is None:
        return None
    key = await door.ring.brand_key(brand.brand, links.REQUESTERS, make=True)
    return links.requester_id(key, body.address)
