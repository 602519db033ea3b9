"""Ids and random draws: the only place that makes them, so that decisions never do."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from stdnum import damm

PHIEU = uuid.UUID("5f0c2c1e-6f0e-5e0b-9a55-1e5d5b0f6a01")


def new_id() -> uuid.UUID:
    """A fresh random id."""
    return uuid.uuid4()


def derived_id(*parts: object) -> uuid.UUID:
    """The id of a cause: the same parts always give the same id (UUIDv5)."""
    name = PHIEU.bytes + "\x1f".join(map(str, parts)).encode()
    return uuid.UUID(bytes=hashlib.sha1(name, usedforsecurity=False).digest()[:16], version=5)


def draw_number() -> str:
    """A ticket number: nine random digits, the first not 0, and their Damm check digit."""
    digits = str(100_000_000 + secrets.randbelow(900_000_000))
    return digits + str(damm.calc_check_digit(digits))
