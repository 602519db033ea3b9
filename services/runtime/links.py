"""Private links and requester ids: derived from a brand's keys, so that neither lies on the log."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import unicodedata
from uuid import UUID

TOKEN_BYTES = 16 + 16
LINKS = "links"
REQUESTERS = "requesters"
PHONE = re.compile(r"[+0-9 ().-]+", re.ASCII)
COUNTRY = "84"


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
    """The opaque id of whoever writes from this address, however it is spelled; the same within one brand."""
    return UUID(bytes=hmac.digest(requester_key, _spelled(address).encode(), "sha256")[:16])


def _spelled(address: str) -> str:
    """A mail address or a telephone number in its one spelling; anything else but for its case as it is."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", address.strip()).casefold())
    local, at, domain = folded.rpartition("@")
    if at:
        return f"{local}@{_ascii(domain)}"
    return _dialled(folded) if PHONE.fullmatch(folded) else folded


def _ascii(domain: str) -> str:
    """A domain as it is asked for, also where it is written in another script."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def _dialled(phone: str) -> str:
    """The digits to dial from abroad; a number without its country's code is one of `COUNTRY`."""
    digits = re.sub(r"\D", "", phone)
    if digits.startswith("00"):
        digits = digits[2:]
    elif digits.startswith("0"):
        digits = COUNTRY + digits[1:]
    return re.sub(f"^{COUNTRY}0", COUNTRY, digits)
