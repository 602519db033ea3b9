"""POST and DELETE under /v1/registry/brands/{brand}/api-keys: a key is issued, a key is revoked."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import partial
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from phieu_schemas.fact import Fact
from phieu_schemas.types import ShortText, Utc
from services.registry.adapters.admin_key import DerivedKey
from services.registry.api.door import Door
from services.registry.commands import IssueApiKey, RevokeApiKey
from services.registry.store import Known
from services.runtime import problems
from services.runtime.after import token_of
from services.runtime.ask import Answer, Ask
from services.runtime.errors import FieldError, Refused
from services.runtime.http import body_of, idempotency_key
from services.runtime.telemetry import request_span

MAX_BYTES = 16 * 1024
NOT_KEPT = {"Cache-Control": "no-store"}


class KeyBody(BaseModel):
    """Which program the key is for, what it may do, and until when."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    name: ShortText
    scopes: Annotated[tuple[ShortText, ...], Field(max_length=20)]
    expires_at: Utc | None = None


class KeyAnswer(BaseModel):
    """A key that was issued. The key itself stands in this answer only."""

    key_id: str
    key: str
    read_token: str


class RevokedAnswer(BaseModel):
    """A key that opens nothing any more."""

    key_id: str
    read_token: str


async def issue(door: Door, request: Request) -> Response:
    """Issue a key; the same request again is given the same key again."""
    door.admit(request)
    key = idempotency_key(request)
    known = await door.brand(request)
    body = await _body(request)
    derived = door.admin.api_key(known.brand, key)
    with request_span("issue-key", request.headers.get("traceparent"), door.trace_ratio) as trace:
        answer = await door.writer.ask(
            Ask(
                scope=f"admin issue {known.brand}",
                key=key,
                fingerprint=_fingerprint(body),
                brand=known.brand,
                subject=known.brand,
                facts=known.sequence,
                command=partial(_issue, derived, body),
                reply=partial(_reply, 201, known, derived.key_id),
                traceparent=trace,
            )
        )
    return _shown(answer, derived)


async def revoke(door: Door, request: Request) -> Response:
    """Revoke a key; services refuse it as soon as they have read this from the log."""
    door.admit(request)
    key = idempotency_key(request)
    known = await door.brand(request)
    key_id = request.path_params["key_id"]
    with request_span("revoke-key", request.headers.get("traceparent"), door.trace_ratio) as trace:
        answer = await door.writer.ask(
            Ask(
                scope=f"admin revoke {known.brand}",
                key=key,
                fingerprint=key_id.encode(),
                brand=known.brand,
                subject=known.brand,
                facts=known.sequence,
                command=lambda at: RevokeApiKey(key_id=key_id, at=at),
                reply=partial(_reply, 200, known, key_id),
                traceparent=trace,
            )
        )
    return _respond(answer)


async def _body(request: Request) -> KeyBody:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused("type-not-supported", "Send application/json.")
    data = await body_of(request, MAX_BYTES)
    try:
        return KeyBody.model_validate_json(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)[:10]
        raise Refused(
            "body-not-valid", errors=tuple(_wrong(one["loc"], one["type"], one["msg"]) for one in found)
        ) from None


def _wrong(place: tuple[int | str, ...], kind: str, text: str) -> FieldError:
    """What is wrong with a member of the body, by its place and never by quoting it."""
    field = ".".join(str(part)[:64] for part in place).encode(errors="replace").decode()
    return FieldError(field=field, slug=kind.replace("_", "-"), vi="Không đúng dạng.", en=text[:200])


def _fingerprint(body: KeyBody) -> bytes:
    return hashlib.sha256(body.model_dump_json().encode()).digest()


def _issue(derived: DerivedKey, body: KeyBody, at: datetime) -> IssueApiKey:
    return IssueApiKey(
        key_id=derived.key_id,
        hash=derived.hash,
        name=body.name,
        scopes=body.scopes,
        expires_at=body.expires_at,
        at=at,
    )


def _reply(status: int, known: Known, key_id: str, _at: datetime, sequence: int, _facts: tuple[Fact, ...]) -> Answer:
    """What is recorded: the key itself is not in it."""
    body = {"key_id": key_id, "read_token": token_of("registry", sequence, known.brand)}
    return Answer(status, json.dumps(body).encode())


def _shown(answer: Answer, derived: DerivedKey) -> Response:
    """The recorded answer with the key; under another admin key than then, the key cannot be derived any more."""
    if answer.status >= 400:
        return problems.answer(answer.status, answer.body)
    body = json.loads(answer.body)
    if body["key_id"] != derived.key_id:
        raise Refused("key-not-shown-again")
    shown = json.dumps({"key_id": derived.key_id, "key": derived.text, "read_token": body["read_token"]})
    return Response(shown, answer.status, NOT_KEPT, media_type="application/json")


def _respond(answer: Answer) -> Response:
    if answer.status >= 400:
        return problems.answer(answer.status, answer.body)
    return Response(answer.body, answer.status, media_type="application/json")
