"""What was said under which key, so that the same said again gets its first answer whatever has changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic_core import to_json

from services.intake.adapters.bodies import Upload
from services.intake.store import recorded_answer
from services.policy.form import recorded
from services.runtime.ask import Answer
from services.runtime.errors import Refused, RetryableError
from services.runtime.postgres import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One write as its caller knows it: who asks for what, under which key, with which content."""

    scope: str
    key: UUID
    fingerprint: bytes


def fingerprint(form: str, fields: Mapping[str, str], language: str, uploads: Sequence[Upload]) -> bytes:
    """What makes two requests the same: their parsed content, files included, whatever a policy says of it."""
    values = sorted((name, recorded(value, lines=True).strip()) for name, value in fields.items())
    digests = [(upload.name, hashlib.sha256(upload.content).hexdigest()) for upload in uploads]
    return hashlib.sha256(to_json([form, values, language, digests])).digest()


async def first_answer(pool: Pool, said: Said, refusal: Refused | RetryableError) -> Answer:
    """The answer that is on record; without one the refusal, which rests on what may have changed since."""
    found = await recorded_answer(pool, said.key, said.scope)
    if found is None:
        raise refusal
    known, status, body = found
    if known != said.fingerprint:
        raise Refused("idempotency-key-reused")
    return Answer(status, body)
