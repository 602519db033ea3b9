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
from services.intake.adapters.attachments import NOT_DONE, discard, judge, store
from services.intake.adapters.bodies import MessageBody, Upload, read_body
from services.intake.api.door import Door, respond
from services.intake.api.said import Said, fingerprint, first_answer
from services.intake.api.tickets import room_for_files
from services.intake.commands import AddMessage, Command
from services.intake.decide import PROGRAM, sentence
from services.intake.store import Known, find
from services.policy.form import Form, recorded
from services.policy.models import Policy
from services.policy.syntax import is_blank, is_clean
from services.runtime import auth
from services.runtime.after import token_of
from services.runtime.ask import Answer, Ask
from services.runtime.codec import seal, seal_file
from services.runtime.errors import Refused, RetryableError, StoreAwayError
from services.runtime.http import idempotency_key
from services.runtime.keys import KeyState
from services.runtime.telemetry import request_span

LINK = "link"


async def add(door: Door, request: Request) -> Response:
    """Let a message in; 201 means that it is durable."""
    door.open()
    key = idempotency_key(request)
    ticket_id, known, caller = await authorized(door, request)
    policy = door.policies.of(door.brands.live(known.brand))
    with (
        request_span("message", request.headers.get("traceparent"), door.trace_ratio) as trace,
        door.hands.taking(request) as counted,
    ):
        body, uploads = await read_body(counted, MessageBody, "message", room=room_for_files(policy))
        said = Said(
            scope=f"{caller} message {ticket_id}",
            key=key,
            fingerprint=fingerprint(body.intent, {"content": body.content}, "", uploads),
        )
        addition = Addition(
            door=door, ticket_id=ticket_id, known=known, body=body, by_program=caller != LINK, said=said
        )
        try:
            await addition.prepare(uploads, form_with_files(policy), policy)
        except (Refused, RetryableError) as refusal:
            return respond(await first_answer(door.pool, said, refusal))
        return respond(await addition.decided(trace))


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
    return ticket_id, known, LINK


def form_with_files(policy: Policy) -> Form | None:
    """The form whose files a message may bring: the first of the brand that takes any."""
    return next((form for form in policy.forms.values() if form.attachments), None)


class Addition:
    """One message on its way; what was not used is taken back."""

    def __init__(
        self, *, door: Door, ticket_id: UUID, known: Known, body: MessageBody, by_program: bool, said: Said
    ) -> None:
        self.door = door
        self.ticket_id = ticket_id
        self.subject = str(ticket_id)
        self.known = known
        self.channel_kind = PROGRAM if by_program else "web_form"
        self.said = said
        self.intent = body.intent
        self.content = recorded(body.content, lines=True)
        self.own: Answer | None = None
        """The answer that rests on what was sealed here, if one does."""

    async def prepare(self, uploads: Sequence[Upload], form: Form | None, policy: Policy) -> None:
        """Look at it, seal it and store its files; raises Refused or RetryableError."""
        rule = sentence(policy, form.rules.attachments) if form else None
        self.files = await judge(uploads, form.attachments if form else None, rule)
        await self._seal()

    async def _seal(self) -> None:
        """410 where the ticket's key was deleted, 503 where the store is away."""
        known = self.known
        key = (await self.door.ring.find([known.key_id]))[known.key_id]
        if known.erased or key is KeyState.DELETED:
            raise Refused("ticket-erased")
        if isinstance(key, KeyState):
            raise StoreAwayError("keys-away")
        text = MessageText(content=self.content, file_names=tuple(file.name for file in self.files))
        self.personal = seal(
            known.key_id, key, text, brand=known.brand, subject=self.subject, wire_type=Supplemented.wire_type
        )
        seal_it = partial(seal_file, key)
        self.paths = await store(self.door.objects, seal_it, known.brand, self.ticket_id, self.files)

    async def decided(self, traceparent: str | None) -> Answer:
        """The durable answer, the first one again if this was asked before."""
        ask: Ask[Command] = Ask(
            scope=self.said.scope,
            key=self.said.key,
            fingerprint=self.said.fingerprint,
            brand=self.known.brand,
            subject=self.subject,
            facts=self.door.brands.sequence(self.known.brand),
            command=self._command,
            reply=self._reply,
            traceparent=traceparent,
        )
        try:
            answer = await self.door.decided(ask)
        except NOT_DONE:
            await discard(self.door.objects, self.paths)
            raise
        if answer is not self.own:
            await discard(self.door.objects, self.paths)
        return answer

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
        body = {
            "message": added.message,
            "accepted_at": at.isoformat(),
            "read_token": token_of("intake", sequence, self.subject),
        }
        answer = Answer(201, json.dumps(body).encode())
        self.own = answer if added.personal == self.personal else None
        return answer
