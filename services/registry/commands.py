"""What may be asked of the registry: put a policy into force, issue an API key, revoke it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivatePolicy:
    """The brand's folder states this policy now; it loaded and was checked."""

    version: str
    format: str
    hash: str
    content: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueApiKey:
    """A program shall have a key to the brand; of the key itself only the hash comes this far."""

    key_id: str
    hash: str
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeApiKey:
    """A key of the brand shall open nothing any more."""

    key_id: str
    at: datetime


Command = ActivatePolicy | IssueApiKey | RevokeApiKey
