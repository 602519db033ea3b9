"""What every operation of the registry stands on, and who is asking."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from phieu_schemas.types import BRAND_ID
from services.registry.adapters.admin_key import AdminKey
from services.registry.adapters.publisher import Publisher
from services.registry.commands import Command
from services.registry.state import Brand
from services.registry.store import Known, find
from services.runtime import auth
from services.runtime.errors import Refused
from services.runtime.postgres import Pool
from services.runtime.writer import Writer

NAMES_A_BRAND = re.compile(BRAND_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The parts that the operations share."""

    pool: Pool
    writer: Writer[Brand, Command]
    publisher: Publisher
    admin: AdminKey
    trace_ratio: float
    caught_up: Callable[[], bool]

    def admit(self, request: Request) -> None:
        """Refused for whoever does not bear the admin key."""
        token = auth.bearer(request)
        if token is None or not self.admin.matches(token):
            raise Refused("admin-key-not-valid")

    async def brand(self, request: Request) -> Known:
        """The brand that the path names; this refusal is not recorded, the brand may be on its way."""
        if not self.caught_up():
            raise Refused("not-ready")
        name = request.path_params["brand"]
        known = await find(self.pool, name) if NAMES_A_BRAND.fullmatch(name) else None
        if known is None:
            raise Refused("unknown-brand")
        return known
