"""The admin key, and the API keys that follow from it.

An API key is shown in the answer that issues it and kept nowhere, yet a caller who lost that answer gets it again by
its Idempotency-Key: so it is derived from the admin key and that Idempotency-Key, each time anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

MIN_LENGTH = 32
SECRET_BYTES = 32
ID_LENGTH = 12


class AdminKeyTooShortError(Exception):
    """The file holds a key that could be guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedKey:
    """An API key: its id, its text for the one who asked, and the hash that goes on the log."""

    key_id: str
    text: str = field(repr=False)

    @property
    def hash(self) -> str:
        """SHA-256 of the whole key."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class AdminKey:
    """The key that may issue API keys; whoever has it may do so for every brand."""

    def __init__(self, file: Path) -> None:
        key = file.read_text(encoding="utf-8").strip()
        if len(key) < MIN_LENGTH:
            raise AdminKeyTooShortError(f"the admin key needs {MIN_LENGTH} characters at least")
        self._key = key.encode()

    def matches(self, token: str) -> bool:
        """Whether this is the admin key; takes as long for a nearly right one."""
        return hmac.compare_digest(token.encode(), self._key)

    def api_key(self, brand: str, idempotency_key: UUID) -> DerivedKey:
        """The brand's API key that this request issues: the same for the same request under the same admin key."""
        drawn = hmac.digest(self._key, f"api key\x1f{brand}\x1f{idempotency_key}".encode(), "sha512")
        secret = base64.urlsafe_b64encode(drawn[:SECRET_BYTES]).rstrip(b"=").decode()
        key_id = base64.b32encode(drawn[SECRET_BYTES:]).decode()[:ID_LENGTH].lower()
        return DerivedKey(key_id=key_id, text=f"phk_{key_id}_{secret}")
