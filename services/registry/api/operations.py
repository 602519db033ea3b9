"""Everything that may be asked of the registry over HTTP, as data."""

from __future__ import annotations

from functools import partial

from services.registry.api import api_keys, brands
from services.registry.api.door import Door
from services.runtime.operation import IDEMPOTENCY_KEY, Operation, Parameter

BRAND = Parameter(name="brand", where="path", required=True, schema={"type": "string", "pattern": "^[a-z0-9-]{1,40}$"})
KEY_ID = Parameter(name="key_id", where="path", required=True, schema={"type": "string", "pattern": "^[a-z2-7]{12}$"})
WRITES = (
    "admin-key-not-valid",
    "unknown-brand",
    "idempotency-key-missing",
    "idempotency-key-not-valid",
    "idempotency-key-reused",
    "not-ready",
)


def operations(door: Door) -> tuple[Operation, ...]:
    """The operations; all ask for the admin key."""
    return (
        Operation(
            name="registry-brands",
            method="GET",
            path="/v1/registry/brands",
            summary="The brands: what is in force, and what became of each folder.",
            handle=partial(brands.list_brands, door),
            answer=brands.BrandsAnswer,
            security=("admin",),
            problems=("admin-key-not-valid",),
        ),
        Operation(
            name="issue-key",
            method="POST",
            path="/v1/registry/brands/{brand}/api-keys",
            summary="Issue an API key of a brand; only this answer shows it.",
            handle=partial(api_keys.issue, door),
            status=201,
            body=api_keys.KeyBody,
            answer=api_keys.KeyAnswer,
            parameters=(BRAND, IDEMPOTENCY_KEY),
            security=("admin",),
            problems=(
                *WRITES,
                "body-not-valid",
                "body-too-large",
                "body-too-slow",
                "type-not-supported",
                "key-not-issuable",
                "key-not-shown-again",
            ),
        ),
        Operation(
            name="revoke-key",
            method="DELETE",
            path="/v1/registry/brands/{brand}/api-keys/{key_id}",
            summary="Revoke an API key.",
            handle=partial(api_keys.revoke, door),
            answer=api_keys.RevokedAnswer,
            parameters=(BRAND, KEY_ID, IDEMPOTENCY_KEY),
            security=("admin",),
            problems=(*WRITES, "api-key-not-found"),
        ),
    )
