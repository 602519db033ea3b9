"""POST /v1/intake/{brand}/tickets: a request comes in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from phieu_schemas.fact import Fact
from phieu_schemas.fold import Brand
from phieu_schemas.ticket import Received, RequestText
from services.intake.adapters.attachments import NOT_DONE, Judged, discard, judge, store
from services.intake.adapters.bodies import TicketBody, Upload, read_body
from services.intake.api.door import Door, respond
from services.intake.commands import Command, SubmitRequest
from services.policy.form import Form
from services.policy.models import Policy
from services.runtime import links
from services.runtime.after import token_of
from services.runtime.ask import Answer, Ask
from services.runtime.codec import seal, seal_file
from services.runtime.errors import Refused
from services.runtime.http import header, idempotency_key
from services.runtime.ids import derived_id, draw_number
from services.runtime.telemetry import request_span

CONTENT = "content"


async def submit(door: Door, request: Request) -> Response:
    """Let a request in; 201 means that it is durable."""
    door.open()
    brand = door.brand(request)
    key = idempotency_key(request)
    scope = f"{door.caller(request, brand.brand)} submit {brand.brand}"
    with request_span("submit", header(request, b"traceparent"), door.trace_ratio) as trace:
        body, uploads = await read_body(request, TicketBody, "ticket")
        policy = door.policies.of(brand)
        form = policy.forms.get(body.form)
        if form is None:
            raise Refused("form-unknown")
        files = await judge(uploads, form.attachments)
        submission = Submission(
            door=door, brand=brand, policy=policy, form=form, body=body, files=files, scope=scope, key=key
        )
        return respond(await submission.accepted(uploads, trace))


class Submission:
    """One request on its way: sealed, its files stored, decided and committed; what was not used is taken back."""

    def __init__(
        self,
        *,
        door: Door,
        brand: Brand,
        policy: Policy,
        form: Form,
        body: TicketBody,
        files: Sequence[Judged],
        scope: str,
        key: UUID,
    ) -> None:
        self.door = door
        self.brand = brand
        self.policy = policy
        self.body = body
        self.files = files
        self.scope = scope
        self.key = key
        self.fields = form.normalise(body.fields)
        self.address = address_of(form, self.fields)
        self.ticket_id = derived_id("ticket", scope, key)
        self.subject = str(self.ticket_id)
        self.used = False

    async def accepted(self, uploads: Sequence[Upload], traceparent: str | None) -> Answer:
        """The durable answer, the first one again if this was asked before."""
        door, brand = self.door, self.brand.brand
        link_key = await door.ring.brand_key(brand, links.LINKS, make=True)
        requester_key = await door.ring.brand_key(brand, links.REQUESTERS, make=True)
        self.requester_id = links.requester_id(requester_key, self.address or self.subject)
        self.link = f"{door.public_url}/r/{links.token_of(link_key, self.ticket_id)}"
        self.key_id, cipher = door.stock.draw()
        self.personal = seal(
            self.key_id, cipher, self._text(), brand=brand, subject=self.subject, wire_type=Received.wire_type
        )
        paths = await store(door.objects, partial(seal_file, cipher), brand, self.ticket_id, self.files)
        ask: Ask[Command] = Ask(
            scope=self.scope,
            key=self.key,
            fingerprint=fingerprint(self.body.form, self.fields, self.body.language, uploads),
            brand=brand,
            subject=self.subject,
            facts=self.brand.sequence,
            command=self._command,
            reply=self._reply,
            fresh=True,
            traceparent=traceparent,
        )
        try:
            answer = await door.decided(ask)
        except NOT_DONE:
            await self._take_back(paths)
            raise
        if not self.used:
            await self._take_back(paths)
        return answer

    async def _take_back(self, paths: Sequence[str]) -> None:
        self.door.stock.put_back(self.key_id)
        await discard(self.door.objects, paths)

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
        self.used = received.personal == self.personal
        answer = {
            "ticket_id": self.subject,
            "number": received.number,
            "accepted_at": at.isoformat(),
            "link": self.link,
            "read_token": token_of("intake", sequence, self.subject),
        }
        return Answer(201, to_json(answer))


def address_of(form: Form, fields: Mapping[str, str]) -> str:
    """Whom the request is from: the form's first address, or else its first telephone number."""
    for kind in ("email", "phone"):
        for field in form.fields:
            if field.type == kind and fields.get(field.id):
                return fields[field.id]
    return ""


def fingerprint(form: str, fields: Mapping[str, str], language: str, uploads: Sequence[Upload]) -> bytes:
    """What makes two requests the same: their parsed content, files included."""
    digests = [(upload.name, hashlib.sha256(upload.content).hexdigest()) for upload in uploads]
    said = to_json([form, sorted(fields.items()), language, digests])
    return hashlib.sha256(said).digest()
