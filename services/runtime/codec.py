"""Seals and opens the personal part of events, and attachments: nothing else in the platform does.

AES-256-GCM under the ticket's key; bound to brand, ticket and event type, so that a part moved elsewhere does not open.
"""

from __future__ import annotations

import base64
import os
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic_core import from_json, to_json

from phieu_schemas.envelope import Envelope
from phieu_schemas.fact import PersonalFact
from phieu_schemas.types import Personal, Sealed
from phieu_schemas.upcast import upcast_personal
from services.runtime.errors import PoisonError

NONCE_BYTES: Final = 12


def _bound_to(brand: str, subject: str, kind: str) -> bytes:
    return f"{brand}\x1f{subject}\x1f{kind}".encode()


def seal(key_id: UUID, key: AESGCM, personal: Personal, *, brand: str, subject: str, wire_type: str) -> Sealed:
    """The personal part as it stands in the log."""
    nonce = os.urandom(NONCE_BYTES)
    plain = to_json(personal)
    sealed = nonce + key.encrypt(nonce, plain, _bound_to(brand, subject, wire_type))
    return Sealed(key_id=key_id, ciphertext=base64.b64encode(sealed).decode())


def unseal(key: AESGCM, envelope: Envelope, fact: PersonalFact) -> Personal:
    """The personal part of an event in the clear; raises PoisonError when key and part do not belong together."""
    sealed = base64.b64decode(fact.personal.ciphertext)
    bound = _bound_to(envelope.brand, envelope.subject, envelope.type)
    try:
        plain = key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        if envelope.type != fact.wire_type:
            plain = to_json(upcast_personal(envelope.type, from_json(plain)))
        return fact.personal_type.model_validate_json(plain)
    except (InvalidTag, LookupError, TypeError, ValueError):
        raise PoisonError("personal-not-opened") from None


def seal_file(key: AESGCM, content: bytes, *, brand: str, subject: str, attachment_id: UUID) -> bytes:
    """An attachment as it lies in the object store."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, content, _bound_to(brand, subject, str(attachment_id)))


def unseal_file(key: AESGCM, sealed: bytes, *, brand: str, subject: str, attachment_id: UUID) -> bytes:
    """The attachment in the clear; raises PoisonError when key and bytes do not belong together."""
    try:
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound_to(brand, subject, str(attachment_id)))
    except (InvalidTag, ValueError):
        raise PoisonError("attachment-not-opened") from None
