"""POST /v1/intake/{brand}/tickets: a request comes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from phieu_schemas.fact import Fact
from phieu_schemas.fold import Brand
from phieu_schemas.ticket import Received, RequestText
from services.intake.adapters.attachments import NOT_DONE, discard, judge, store
from services.intake.adapters.bodies import TicketBody, Upload, read_body
from services.intake.api.door import ANONYMOUS, Door, respond
from services.intake.api.said import Said, fingerprint, first_answer
from services.intake.commands import Command, SubmitRequest
from services.intake.decide import sentence
from services.policy.form import Form
from services.policy.models import Policy
from services.runtime import links
from services.runtime.after import token_of
from services.runtime.ask import Answer, Ask
from services.runtime.codec import seal, seal_file
from services.runtime.errors import Refused, RetryableError
from services.runtime.http import header, idempotency_key
from services.runtime.ids import derived_id, draw_number
from services.runtime.telemetry import request_span

CONTENT = "content"


async def submit(door: Door, request: Request) -> Response:
    """Let a request in; 201 means that it is durable."""
    door.open()
    brand = door.brand(request)
    key = idempotency_key(request)
    caller = door.caller(request, brand.brand)
    policy = door.policies.of(brand)
    with (
        request_span("submit", header(request, b"traceparent"), door.trace_ratio) as trace,
        door.hands.taking(request) as counted,
    ):
        body, uploads = await read_body(counted, TicketBody, "ticket", room=room_for_files(policy))
        said = Said(
            scope=f"{caller} submit {brand.brand}",
            key=key,
            fingerprint=fingerprint(body.form, body.fields, body.language, uploads),
        )
        submission = Submission(
            door=door, brand=brand, policy=policy, body=body, by_program=caller != ANONYMOUS, said=said
        )
        try:
            await submission.prepare(uploads)
        except (Refused, RetryableError) as refusal:
            return respond(await first_answer(door.pool, said, refusal))
        return respond(await submission.decided(trace))


def room_for_files(policy: Policy) -> int:
    """How many bytes of files the most generous form of the brand takes."""
    return max((form.attachments.room for form in policy.forms.values() if form.attachments), default=0)


class Submission:
    """One request on its way: sealed, its files stored, decided and committed; what was not used is taken back."""

    def __init__(
        self,
        *,
        door: Door,
        brand: Brand,
        policy: Policy,
        body: TicketBody,
        by_program: bool,
        said: Said,
    ) -> None:
        self.door = door
        self.brand = brand
        self.policy = policy
        self.body = body
        self.by_program = by_program
        self.said = said
        self.ticket_id = derived_id("ticket", said.scope, said.key)
        self.subject = str(self.ticket_id)
        self.own: Answer | None = None
        """The answer that rests on what was sealed here, if one does."""

    async def prepare(self, uploads: Sequence[Upload]) -> None:
        """Look at it, seal it and store its files; raises Refused or RetryableError."""
        form = self.policy.forms.get(self.body.form)
        if form is None:
            raise Refused("form-unknown")
        rule = sentence(self.policy, form.rules.attachments)
        self.files = await judge(uploads, form.attachments, rule)
        self.fields = form.normalise(self.body.fields)
        await self._seal(address_of(form, self.fields) or self.subject)

    async def _seal(self, address: str) -> None:
        door, brand = self.door, self.brand.brand
        link_key = await door.ring.brand_key(brand, links.LINKS, make=True)
        requester_key = await door.ring.brand_key(brand, links.REQUESTERS, make=True)
        self.requester_id = links.requester_id(requester_key, address)
        self.link = f"{door.public_url}/r/{links.token_of(link_key, self.ticket_id)}"
        self.key_id, cipher = door.stock.draw()
        self.personal = seal(
            self.key_id, cipher, self._text(), brand=brand, subject=self.subject, wire_type=Received.wire_type
        )
        self.paths = await store(door.objects, partial(seal_file, cipher), brand, self.ticket_id, self.files)

    async def decided(self, traceparent: str | None) -> Answer:
        """The durable answer, the first one again if this was asked before."""
        ask: Ask[Command] = Ask(
            scope=self.said.scope,
            key=self.said.key,
            fingerprint=self.said.fingerprint,
            brand=self.brand.brand,
            subject=self.subject,
            facts=self.brand.sequence,
            command=self._command,
            reply=self._reply,
            fresh=True,
            traceparent=traceparent,
        )
        try:
            answer = await self.door.decided(ask)
        except NOT_DONE:
            await self._take_back()
            raise
        if answer is not self.own:
            await self._take_back()
        return answer

    async def _take_back(self) -> None:
        self.door.stock.put_back(self.key_id)
        await discard(self.door.objects, self.paths)

    def _text(self) -> RequestText:
        return RequestText(
            fields={name: value for name, value in self.fields.items() if name != CONTENT},
            content=self.fields.get(CONTENT, ""),
            file_names=tuple(file.name for file in self.files),
        )

    def _command(self, at: datetime) -> SubmitRequest:
        return SubmitRequest(
            policy=self.policy,
            form=self.body.form,
            by_program=self.by_program,
            fields=self.fields,
            attachments=tuple(file.attachment for file in self.files),
            personal=self.personal,
            requester_id=self.requester_id,
            language=self.body.language,
            number=draw_number(),
            at=at,
        )

    def _reply(self, at: datetime, sequence: int, facts: tuple[Fact, ...]) -> Answer:
        received = facts[0]
        assert isinstance(received, Received)
        body = {
            "ticket_id": self.subject,
            "number": received.number,
            "accepted_at": at.isoformat(),
            "link": self.link,
            "read_token": token_of("intake", sequence, self.subject),
        }
        answer = Answer(201, to_json(body))
        self.own = answer if received.personal == self.personal else None
        return answer


def address_of(form: Form, fields: Mapping[str, str]) -> str:
    """Whom the request is from: the form's first address, or else its first telephone number."""
    for kind in ("email", "phone"):
        for field in form.fields:
            if field.type == kind and fields.get(field.id):
                return fields[field.id]
    return ""
