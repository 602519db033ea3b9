"""POST /v1/intake/tickets/{ticket_id}/messages: the customer adds something."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from phieu_schemas.fact import Fact
from phieu_schemas.ticket import MessageText, Supplemented
from services.intake.adapters.attachments import NOT_DONE, Judged, discard, judge, store
from services.intake.adapters.bodies import MessageBody, Upload, read_body
from services.intake.api.door import Door, respond
from services.intake.api.tickets import fingerprint
from services.intake.commands import AddMessage, Command
from services.intake.store import Known, find
from services.policy.form import Attachments, recorded
from services.policy.models import Policy
from services.policy.syntax import is_blank, is_clean
from services.runtime import auth
from services.runtime.after import token_of
from services.runtime.ask import Answer, Ask
from services.runtime.codec import seal, seal_file
from services.runtime.errors import Refused, StoreAwayError
from services.runtime.http import idempotency_key
from services.runtime.keys import KeyState
from services.runtime.telemetry import request_span


async def add(door: Door, request: Request) -> Response:
    """Let a message in; 201 means that it is durable."""
    door.open()
    key = idempotency_key(request)
    ticket_id, known, caller = await authorized(door, request)
    scope = f"{caller} message {ticket_id}"
    with request_span("message", request.headers.get("traceparent"), door.trace_ratio) as trace:
        body, uploads = await read_body(request, MessageBody, "message")
        policy = door.policies.of(door.brands.live(known.brand))
        files = await judge(uploads, attachments_rule(policy))
        addition = Addition(
            door=door, ticket_id=ticket_id, known=known, caller=caller, scope=scope, key=key, body=body, files=files
        )
        return respond(await addition.accepted(uploads, trace))


async def authorized(door: Door, request: Request) -> tuple[UUID, Known, str]:
    """The ticket that the path names, and who asks: the bearer of its link, or a key of its brand."""
    token = auth.bearer(request)
    try:
        ticket_id = UUID(request.path_params["ticket_id"])
    except ValueError:
        raise Refused("ticket-not-found") from None
    if token is not None and token.startswith("phk_"):
        brand, key = auth.allowed(door.brands, request, "tickets:write", door.clock())
        known = await find(door.pool, ticket_id)
        if known is None or known.brand != brand.brand:
            raise Refused("ticket-not-found")
        return ticket_id, known, key.key_id
    linked, token = auth.linked_ticket(request)
    known = await find(door.pool, ticket_id) if linked == ticket_id else None
    if known is None:
        raise Refused("link-not-valid")
    await auth.must_open(door.ring, token, ticket_id, known.brand)
    return ticket_id, known, "link"


def attachments_rule(policy: Policy) -> Attachments | None:
    """What may be attached to a message: what the brand's forms take."""
    return next((form.attachments for form in policy.forms.values() if form.attachments), None)


class Addition:
    """One message on its way; what was not used is taken back."""

    def __init__(
        self,
        *,
        door: Door,
        ticket_id: UUID,
        known: Known,
        caller: str,
        scope: str,
        key: UUID,
        body: MessageBody,
        files: Sequence[Judged],
    ) -> None:
        self.door = door
        self.ticket_id = ticket_id
        self.known = known
        self.channel_kind = "web_form" if caller == "link" else "api"
        self.scope = scope
        self.key = key
        self.intent = body.intent
        self.content = recorded(body.content, lines=True)
        self.files = files
        self.used = False

    async def accepted(self, uploads: Sequence[Upload], traceparent: str | None) -> Answer:
        """The durable answer, the first one again if this was asked before."""
        door, brand, subject = self.door, self.known.brand, str(self.ticket_id)
        paths = await self._sealed(brand, subject)
        ask: Ask[Command] = Ask(
            scope=self.scope,
            key=self.key,
            fingerprint=fingerprint(self.intent, {"content": self.content}, "", uploads),
            brand=brand,
            subject=subject,
            facts=door.brands.sequence(brand),
            command=self._command,
            reply=self._reply,
            traceparent=traceparent,
        )
        try:
            answer = await door.decided(ask)
        except NOT_DONE:
            await discard(door.objects, paths)
            raise
        if not self.used:
            await discard(door.objects, paths)
        return answer

    async def _sealed(self, brand: str, subject: str) -> list[str]:
        """Seal text and files; 410 where the ticket's key was deleted, 503 where the store is away."""
        key = (await self.door.ring.find([self.known.key_id]))[self.known.key_id]
        if self.known.erased or key is KeyState.DELETED:
            raise Refused("ticket-erased")
        if isinstance(key, KeyState):
            raise StoreAwayError("keys-away")
        text = MessageText(content=self.content, file_names=tuple(file.name for file in self.files))
        self.personal = seal(
            self.known.key_id, key, text, brand=brand, subject=subject, wire_type=Supplemented.wire_type
        )
        return await store(self.door.objects, partial(seal_file, key), brand, self.ticket_id, self.files)

    def _command(self, at: datetime) -> AddMessage:
        return AddMessage(
            blank=is_blank(self.content),
            clean=is_clean(self.content, lines=True),
            length=len(self.content),
            intent=self.intent,
            channel_kind=self.channel_kind,
            attachments=tuple(file.attachment for file in self.files),
            personal=self.personal,
            at=at,
        )

    def _reply(self, at: datetime, sequence: int, facts: tuple[Fact, ...]) -> Answer:
        added = facts[0]
        assert isinstance(added, Supplemented)
        self.used = added.personal == self.personal
        answer = {
            "message": added.message,
            "accepted_at": at.isoformat(),
            "read_token": token_of("intake", sequence, str(self.ticket_id)),
        }
        return Answer(201, json.dumps(answer).encode())
