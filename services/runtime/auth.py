"""Who asks: an API key of a brand with its scopes, or the bearer of a ticket's private link."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime
from uuid import UUID

from starlette.requests import Request

from phieu_schemas.fold import ApiKey, Brand
from services.runtime import links
from services.runtime.errors import Refused
from services.runtime.facts import Brands
from services.runtime.http import header
from services.runtime.keys import KeyRing

API_KEY = re.compile(r"phk_([a-z2-7]{12})_[A-Za-z0-9_-]{43}")


def bearer(request: Request) -> str | None:
    """The token of the Authorization header, if there is one."""
    given = header(request, b"authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def api_key_of(brands: Brands, token: str, now: datetime) -> tuple[Brand, ApiKey]:
    """The brand and key that this token is; Refused when it opens nothing."""
    shape = API_KEY.fullmatch(token)
    digest = hashlib.sha256(token.encode()).hexdigest()
    for brand in brands.brands.values() if shape else ():
        key = brand.keys.get(shape[1]) if shape else None
        if key and hmac.compare_digest(key.hash, digest) and key.opens_at(now):
            return brand, key
    raise Refused("api-key-not-valid")


def allowed(brands: Brands, request: Request, scope: str, now: datetime) -> tuple[Brand, ApiKey]:
    """The brand whose key with this scope the request bears."""
    token = bearer(request)
    if token is None:
        raise Refused("not-authenticated")
    brand, key = api_key_of(brands, token, now)
    if scope not in key.scopes:
        raise Refused("not-allowed")
    return brand, key


def linked_ticket(request: Request) -> tuple[UUID, str]:
    """The ticket that the request's link claims to open, and the token; `must_open` decides."""
    token = bearer(request)
    if token is None:
        raise Refused("not-authenticated")
    ticket_id = links.ticket_of(token)
    if ticket_id is None:
        raise Refused("link-not-valid")
    return ticket_id, token


async def must_open(ring: KeyRing, token: str, ticket_id: UUID, brand: str) -> None:
    """Refused unless the token is this ticket's private link."""
    if not links.opens(await ring.brand_key(brand, links.LINKS), token, ticket_id):
        raise Refused("link-not-valid")
