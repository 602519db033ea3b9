"""What every question stands on: who asks, and how fresh the answer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.runtime import auth
from services.runtime.after import After
from services.runtime.errors import Refused
from services.runtime.facts import Brands
from services.runtime.keys import KeyRing
from services.runtime.objects import Objects
from services.runtime.postgres import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The parts that the operations share."""

    pool: Pool
    brands: Brands
    ring: KeyRing
    objects: Objects
    after: After
    clock: Callable[[], datetime]

    def reader(self, request: Request) -> str:
        """The brand whose tickets the request's API key may read; Refused otherwise."""
        if not self.brands.brands:
            raise Refused("not-ready")
        brand, _ = auth.allowed(self.brands, request, "tickets:read", self.clock())
        return brand.brand

    def name_of(self, brand: str) -> str:
        """What a brand calls itself in its policy; its id as long as that is not known."""
        known = self.brands.brands.get(brand)
        about = known.active_policy.content.get("brand") if known and known.active_policy else None
        name = about.get("name") if isinstance(about, dict) else None
        return name if isinstance(name, str) else brand


def id_in(request: Request, name: str, slug: str) -> UUID:
    """An id that stands in the path; one that cannot be is one that is not there."""
    try:
        return UUID(request.path_params[name])
    except ValueError:
        raise Refused(slug) from None


def shown(answer: BaseModel) -> Response:
    """An answer as a response, for nobody to keep."""
    headers = {"Cache-Control": "no-store"}
    return Response(answer.model_dump_json(), headers=headers, media_type="application/json")
