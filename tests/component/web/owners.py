"""A small server that answers as intake and query promise to, and can be told to misbehave."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from services.runtime import problems
from services.runtime.errors import FieldError, Refused

AT = "2026-11-23T03:05:00+00:00"
NUMBER = "4821093756"
TYPES = [".pdf", ".doc", ".docx", ".xls", ".xlsx", ".txt"]


def _field(name: str, vi: str, en: str, kind: str = "text", *, required: bool = True) -> dict[str, Any]:
    label = {"vi": vi, "en": en}
    return {"id": name, "label": label, "type": kind, "required": required, "max_length": 200, "options": []}


FORM: dict[str, Any] = {
    "id": "support_form",
    "channel": "web_form",
    "empty_content": "warn",
    "fields": [
        _field("name", "Tên của bạn", "Your name"),
        _field("email", "Địa chỉ Email", "E-mail address", "email"),
        _field("phone", "Điện thoại", "Telephone", "phone"),
        _field("organisation", "Đơn vị", "Organization"),
        _field("job_title", "Chức danh", "Job title"),
        _field("content", "Nội dung yêu cầu hỗ trợ", "What you need support with", "long_text", required=False),
    ],
    "attachments": {"max_bytes_exclusive": 2097152, "extensions": TYPES, "max_files": 1},
}
BRAND: dict[str, Any] = {
    "brand": "congsoxanh",
    "name": "CÔNG SỞ XANH",
    "locale": "vi-VN",
    "timezone": "Asia/Ho_Chi_Minh",
    "channels": [
        {
            "id": "support_centre",
            "kind": "web_form",
            "address": "http://congsoxanh.com/vi/dich-vu/bao-hanh-bao-tri",
        },
        {"id": "mailbox", "kind": "email", "address": "info@congsoxanh.com"},
        {"id": "hotline", "kind": "phone", "address": "+84 97 567 4781"},
    ],
    "mail": "info@congsoxanh.com",
    "forms": [FORM],
}
COUNTER = {**BRAND, "brand": "azdigi", "name": "AZDIGI", "mail": None, "forms": []}


@dataclass(slots=True)
class Kept:
    """A ticket as the stand-in keeps it."""

    ticket_id: uuid.UUID
    token: str
    fields: Mapping[str, str]
    messages: list[dict[str, Any]]
    erased: bool = False


@dataclass
class Owners:
    """What was sent, what is answered, and how: `trouble` is used up one entry per write."""

    trouble: list[str] = field(default_factory=list)
    visible: bool = True
    away: bool = False
    tickets: dict[uuid.UUID, Kept] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[str, int, bytes]] = field(default_factory=dict)
    seen: list[Mapping[str, str]] = field(default_factory=list)
    url: str = ""

    def forget(self) -> None:
        """Start over: everything recorded is gone, everything works."""
        self.visible, self.away = True, False
        for kept in (self.trouble, self.tickets, self.files, self.answers, self.seen):
            kept.clear()

    def app(self) -> Router:
        """The server's application."""
        return Router(
            [
                Route("/v1/intake/brands", self.brands),
                Route("/v1/intake/{brand}/forms", self.forms),
                Route("/v1/intake/{brand}/tickets", self.open, methods=["POST"]),
                Route("/v1/intake/tickets/{ticket}/messages", self.add, methods=["POST"]),
                Route("/v1/query/my/ticket", self.ticket),
                Route("/v1/query/my/attachments/{file}", self.attachment),
                Route("/v1/intake/echo", self.echo, methods=["POST", "PUT"]),
            ]
        )

    async def brands(self, _: Request) -> Response:
        if self.away:
            return problems.response(Refused("store-away"))
        return JSONResponse({"brands": [{"brand": one["brand"], "name": one["name"]} for one in (BRAND, COUNTER)]})

    async def forms(self, request: Request) -> Response:
        if self.away:
            return problems.response(Refused("store-away"))
        for brand in (BRAND, COUNTER):
            if request.path_params["brand"] == brand["brand"]:
                return JSONResponse(brand)
        return problems.response(Refused("unknown-brand"))

    async def open(self, request: Request) -> Response:
        document, file = await self._read(request, "ticket")
        return await self._once(request, "open", document, file, lambda: self._opened(document, file))

    async def add(self, request: Request) -> Response:
        document, file = await self._read(request, "message")
        kept = self.tickets[uuid.UUID(request.path_params["ticket"])]
        if request.headers["authorization"] != f"Bearer {kept.token}":
            return problems.response(Refused("link-not-valid"))
        return await self._once(request, "add", document, file, lambda: self._added(kept, document, file))

    async def _read(self, request: Request, part: str) -> tuple[dict[str, Any], tuple[str, bytes] | None]:
        self.seen.append(dict(request.headers))
        if request.headers["content-type"] == "application/json":
            document: dict[str, Any] = await request.json()
            return document, None
        async with request.form() as form:
            upload, text = form["file"], form[part]
            assert isinstance(upload, UploadFile)
            assert isinstance(text, str)
            return json.loads(text), (upload.filename or "", await upload.read())

    async def _once(
        self, request: Request, route: str, document: Any, file: tuple[str, bytes] | None, act: Any
    ) -> Response:
        trouble = self.trouble.pop(0) if self.trouble else ""
        if trouble == "hang before":
            return await _hung(request)
        if trouble == "503":
            return problems.response(Refused("store-away"))
        key, fingerprint = (route, request.headers["idempotency-key"]), json.dumps([document, repr(file)])
        if key not in self.answers:
            self.answers[key] = (fingerprint, *act())
        known, status, body = self.answers[key]
        if known != fingerprint:
            return problems.response(Refused("idempotency-key-reused"))
        if trouble == "hang after":
            return await _hung(request)
        if status >= 400:
            return problems.answer(status, body)
        return Response(body, status, media_type="application/json")

    def _opened(self, document: Any, file: tuple[str, bytes] | None) -> tuple[int, bytes]:
        if refusal := self._wrong(document["fields"], file):
            return problems.encoded(refusal)
        ticket_id = uuid.uuid4()
        token = base64.urlsafe_b64encode(ticket_id.bytes + bytes(16)).rstrip(b"=").decode()
        kept = Kept(ticket_id, token, document["fields"], [])
        self.tickets[ticket_id] = kept
        self._append(kept, document["fields"].get("content", ""), file)
        answer = {
            "ticket_id": str(ticket_id),
            "number": NUMBER,
            "accepted_at": AT,
            "link": f"http://public.example/r/{token}",
            "read_token": f"intake/1/{ticket_id}",
        }
        return 201, json.dumps(answer).encode()

    def _wrong(self, fields: Mapping[str, str], file: tuple[str, bytes] | None) -> Refused | None:
        errors = tuple(
            FieldError(
                field=one["id"],
                slug="required",
                vi=f"Xin điền “{one['label']['vi']}”.",
                en=f"Please fill in “{one['label']['en']}”.",
            )
            for one in FORM["fields"]
            if one["required"] and not fields.get(one["id"])
        )
        if errors:
            return Refused("form-not-valid", errors=errors)
        if file and not file[0].endswith(tuple(TYPES)):
            wrong = FieldError(field="file", slug="file-type", vi="Loại tệp không được nhận.", en="No such type.")
            return Refused("file-type", errors=(wrong,))
        return None

    def _added(self, kept: Kept, document: Any, file: tuple[str, bytes] | None) -> tuple[int, bytes]:
        if not document["content"] and not file:
            wrong = FieldError(field="content", slug="required", vi="Xin điền nội dung.", en="Please write something.")
            return problems.encoded(Refused("message-not-valid", errors=(wrong,)))
        number = self._append(kept, document["content"], file)
        answer = {"message": number, "accepted_at": AT, "read_token": f"intake/{number}/{kept.ticket_id}"}
        return 201, json.dumps(answer).encode()

    def _append(self, kept: Kept, content: str, file: tuple[str, bytes] | None) -> int:
        attachments = []
        if file:
            file_id = str(uuid.uuid4())
            self.files[file_id] = file
            attachments = [
                {"attachment_id": file_id, "name": file[0], "bytes": len(file[1]), "media_type": "text/plain"}
            ]
        number = len(kept.messages) + 1
        kept.messages.append(
            {
                "message": number,
                "at": AT,
                "author": "customer",
                "intent": "message",
                "content": content,
                "attachments": attachments,
            }
        )
        return number

    def _kept(self, request: Request) -> Kept | None:
        token = request.headers["authorization"].removeprefix("Bearer ")
        return next((kept for kept in self.tickets.values() if kept.token == token), None)

    async def ticket(self, request: Request) -> Response:
        if self.away:
            return problems.response(Refused("store-away"))
        kept = self._kept(request)
        if kept is None:
            return problems.response(Refused("link-not-valid"))
        if not self.visible:
            return problems.response(Refused("ticket-not-found"))
        fields = [] if kept.erased else [{"id": name, "value": value} for name, value in kept.fields.items()]
        return JSONResponse(
            {
                "ticket_id": str(kept.ticket_id),
                "number": NUMBER,
                "brand": "congsoxanh",
                "brand_name": "CÔNG SỞ XANH",
                "status": "erased" if kept.erased else "received",
                "received_at": AT,
                "channel_kind": "web_form",
                "language": "vi",
                "form": "support_form",
                "fields": fields,
                "messages": [] if kept.erased else kept.messages,
                "erased": kept.erased,
                "stale": False,
            }
        )

    async def attachment(self, request: Request) -> Response:
        found = self.files.get(request.path_params["file"])
        if found is None or self._kept(request) is None:
            return problems.response(Refused("link-not-valid"))
        headers = {"Content-Disposition": 'attachment; filename="anh.txt"'}
        return Response(found[1], media_type="text/plain", headers=headers)

    async def echo(self, request: Request) -> Response:
        """What came in, for the gateway's tests."""
        self.seen.append(dict(request.headers))
        body = await request.body()
        return Response(body, 207, {"X-Query": request.url.query, "Connection": "x-hop", "X-Hop": "1"})


async def _hung(request: Request) -> Response:
    """No answer for as long as somebody waits for one."""
    while not await request.is_disconnected():
        await asyncio.sleep(0.05)
    return Response(status_code=499)
