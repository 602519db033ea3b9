"""The policies in force, parsed once each from the brand facts."""

from __future__ import annotations

from phieu_schemas.fold import Brand
from services.policy.loader import parse
from services.policy.models import Policy
from services.runtime.errors import Refused


class Policies:
    """Parsed policies by the hash of their content."""

    def __init__(self) -> None:
        self.parsed: dict[str, Policy] = {}

    def of(self, brand: Brand) -> Policy:
        """The policy in force for the brand; Refused before its first."""
        version = brand.active_policy
        if version is None:
            raise Refused("brand-not-live")
        if version.hash not in self.parsed:
            self.parsed[version.hash] = parse(version.content)
        return self.parsed[version.hash]
