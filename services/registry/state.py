"""What the registry remembers of a brand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from phieu_schemas.brand import ApiKeyIssued, ApiKeyRevoked, PolicyActivated
from phieu_schemas.fact import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What an API key was issued for, and whether it was revoked."""

    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None
    is_revoked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The policy in force, every one that was, and every key ever issued; without a version the brand is not known."""

    version: str = ""
    hash: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    """The hash of each version's text."""
    keys: Mapping[str, Key] = field(default_factory=dict)


INITIAL = Brand()


def evolve(brand: Brand, fact: Fact, _at: datetime) -> Brand:
    """The brand after this fact."""
    match fact:
        case PolicyActivated():
            versions = {**brand.versions, fact.version: fact.hash}
            return replace(brand, version=fact.version, hash=fact.hash, versions=versions)
        case ApiKeyIssued():
            key = Key(name=fact.name, scopes=fact.scopes, expires_at=fact.expires_at)
            return replace(brand, keys={**brand.keys, fact.key_id: key})
        case ApiKeyRevoked():
            key = replace(brand.keys[fact.key_id], is_revoked=True)
            return replace(brand, keys={**brand.keys, fact.key_id: key})
        case _:
            raise TypeError(f"the registry publishes no {fact.wire_type}")
