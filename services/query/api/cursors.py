"""Cursors of lists: a place, and a checksum that tells one that was cut, mixed up or is another list's.

A cursor grants nothing, so it is not signed: whoever makes one up sees what they may see anyway.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.runtime.errors import Refused

PLACE = struct.Struct(">q16s")
CHECK_BYTES = 9
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def cursor_of(at: datetime, ticket_id: UUID, listing: str) -> str:
    """The cursor behind this ticket in this listing."""
    place = PLACE.pack((at - EPOCH) // MICROSECOND, ticket_id.bytes)
    return base64.urlsafe_b64encode(place + _check(place, listing)).decode()


def place_of(cursor: str, listing: str) -> tuple[datetime, UUID]:
    """The place that a cursor of this listing stands for; Refused otherwise."""
    try:
        raw = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Refused("cursor-not-valid") from None
    place, check = raw[: PLACE.size], raw[PLACE.size :]
    if len(place) != PLACE.size or check != _check(place, listing):
        raise Refused("cursor-not-valid")
    microseconds, ticket_id = PLACE.unpack(place)
    try:
        return EPOCH + microseconds * MICROSECOND, UUID(bytes=ticket_id)
    except OverflowError:
        raise Refused("cursor-not-valid") from None


def _check(place: bytes, listing: str) -> bytes:
    return hashlib.sha256(place + listing.encode()).digest()[:CHECK_BYTES]
