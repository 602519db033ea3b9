"""The policies in force, parsed once each from the brand facts."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from phieu_schemas.fold import Brand
from services.policy.faults import PolicyNotLoadable
from services.policy.loader import parse
from services.policy.models import Policy
from services.runtime.errors import Refused

LOG = logging.getLogger(__name__)


class Policies:
    """Parsed policies by the hash of their content; None where it cannot be read here."""

    def __init__(self) -> None:
        self.parsed: dict[str, Policy | None] = {}

    def of(self, brand: Brand) -> Policy:
        """The policy in force for the brand; Refused before its first, and where it cannot be read here."""
        version = brand.active_policy
        if version is None:
            raise Refused("brand-not-live")
        if version.hash not in self.parsed:
            self.parsed[version.hash] = _parsed(brand.brand, version.content)
        policy = self.parsed[version.hash]
        if policy is None:
            raise Refused("brand-not-live")
        return policy


def _parsed(brand: str, content: Mapping[str, object]) -> Policy | None:
    try:
        return parse(content)
    except PolicyNotLoadable:
        LOG.exception("a published policy cannot be read", extra={"brand": brand})
        return None
