"""The wall clock of the edge: for expiry of keys and sessions; what is accepted takes the database's clock."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
