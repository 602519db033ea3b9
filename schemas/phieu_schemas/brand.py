"""What a brand is and has declared: one section per event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, JsonValue

from phieu_schemas.fact import Fact
from phieu_schemas.types import ApiKeyId, Sha256, ShortText, Utc

KnownFrom = Annotated[Utc, Field(description="When the platform came to know it; nothing before it changes.")]

# --- policy activated -------------------------------------------------------------------------------------


def content_hash(content: Mapping[str, JsonValue]) -> str:
    """SHA-256 of the canonical JSON of a policy: keys sorted, no spaces, UTF-8, every number finite."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _hashable(content: dict[str, JsonValue]) -> dict[str, JsonValue]:
    content_hash(content)
    return content


class PolicyActivated(Fact):
    """A version of the brand's policy came into force, whole."""

    wire_type: ClassVar[str] = "phieu.brand.policy-activated.v1"

    version: ShortText
    format: ShortText
    hash: Annotated[Sha256, Field(description="`content_hash(content)`.")]
    content: Annotated[dict[str, JsonValue], AfterValidator(_hashable)]
    known_from: KnownFrom

    def summary(self) -> str:
        return f"Policy version {self.version} was activated."


# --- api key issued, revoked ------------------------------------------------------------------------------


class ApiKeyIssued(Fact):
    """A program was given a key to the brand; the log holds the key's hash only."""

    wire_type: ClassVar[str] = "phieu.brand.api-key-issued.v1"

    key_id: ApiKeyId
    hash: Annotated[Sha256, Field(description="SHA-256 of the whole key, `phk_` included.")]
    name: ShortText
    scopes: tuple[ShortText, ...]
    expires_at: Utc | None = None
    known_from: KnownFrom

    def summary(self) -> str:
        return f"API key {self.key_id} was issued for {', '.join(self.scopes)}."


class ApiKeyRevoked(Fact):
    """A key to the brand opens nothing any more."""

    wire_type: ClassVar[str] = "phieu.brand.api-key-revoked.v1"

    key_id: ApiKeyId
    known_from: KnownFrom

    def summary(self) -> str:
        return f"API key {self.key_id} was revoked."


BrandFact = PolicyActivated | ApiKeyIssued | ApiKeyRevoked
