"""Private links and requester ids: derived from a brand's keys, so that neither lies on the log."""

from __future__ import annotations

import base64
import binascii
import hmac
import unicodedata
from uuid import UUID

TOKEN_BYTES = 16 + 16
LINKS = "links"
REQUESTERS = "requesters"


def _proof(link_key: bytes, ticket_id: UUID, generation: int) -> bytes:
    return hmac.digest(link_key, ticket_id.bytes + generation.to_bytes(4, "big"), "sha256")[:16]


def token_of(link_key: bytes, ticket_id: UUID, generation: int = 1) -> str:
    """The 43 characters that open a ticket: its id and an HMAC over id and generation."""
    raw = ticket_id.bytes + _proof(link_key, ticket_id, generation)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def ticket_of(token: str) -> UUID | None:
    """The ticket that a token claims to open; None for what cannot be a token."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    return UUID(bytes=raw[:16]) if len(raw) == TOKEN_BYTES else None


def opens(link_key: bytes, token: str, ticket_id: UUID, generation: int = 1) -> bool:
    """Whether the token is the ticket's, compared in constant time."""
    return hmac.compare_digest(token_of(link_key, ticket_id, generation).encode(), token.encode())


def requester_id(requester_key: bytes, address: str) -> UUID:
    """The opaque id of whoever writes from this address, the same within one brand."""
    folded = unicodedata.normalize("NFC", address.strip()).casefold()
    return UUID(bytes=hmac.digest(requester_key, folded.encode(), "sha256")[:16])
