"""What the registry remembers of a brand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from phieu_schemas.brand import ApiKeyIssued, ApiKeyRevoked, PolicyActivated
from phieu_schemas.fact import Fact

KeyStatus = Literal["issued", "revoked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The policy in force, and every key ever issued; without a version the brand is not known."""

    version: str = ""
    hash: str = ""
    keys: Mapping[str, KeyStatus] = field(default_factory=dict)


INITIAL = Brand()


def evolve(brand: Brand, fact: Fact, _at: datetime) -> Brand:
    """The brand after this fact."""
    match fact:
        case PolicyActivated():
            return replace(brand, version=fact.version, hash=fact.hash)
        case ApiKeyIssued():
            return replace(brand, keys={**brand.keys, fact.key_id: "issued"})
        case ApiKeyRevoked():
            return replace(brand, keys={**brand.keys, fact.key_id: "revoked"})
        case _:
            raise TypeError(f"the registry publishes no {fact.wire_type}")
