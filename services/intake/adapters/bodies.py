"""What a request's body says: JSON, or multipart with one JSON part and files; bounded in every direction."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from services.policy.form import MAX_ATTACHMENT_BYTES
from services.runtime.errors import FieldError, Refused
from services.runtime.http import body_of, header

MAX_JSON_BYTES = 256 * 1024
MAX_MULTIPART_BYTES = MAX_JSON_BYTES + 5 * MAX_ATTACHMENT_BYTES
MULTIPART = "multipart/form-data"
MAX_FILES = 5
MAX_FIELDS = 100
BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")

M = TypeVar("M", bound=BaseModel)
Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Value = Annotated[str, StringConstraints(max_length=40_000)]


class TicketBody(BaseModel):
    """A request as the brand's form asks for it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    form: Name
    fields: Annotated[dict[Name, Value], Field(max_length=MAX_FIELDS)]
    language: Literal["vi", "en"] = "vi"


class MessageBody(BaseModel):
    """A further message."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    content: Value = ""
    intent: Literal["message", "done"] = "message"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent; nothing about it is believed yet."""

    name: str
    content: bytes


class Parser(MultiPartParser):
    """Keeps what it parses in memory: nothing that was typed or sent touches a disk before it is sealed."""

    spool_max_size = MAX_MULTIPART_BYTES
    ended = False

    def on_end(self) -> None:
        """The closing boundary came: no part was cut off."""
        self.ended = True

    def close(self) -> None:
        """Let go of every part, those that were cut off too."""
        for file in self._files_to_close_on_error:
            file.close()


async def read_body(request: Request, model: type[M], part: str, *, room: int) -> tuple[M, tuple[Upload, ...]]:
    """The body as a model, and files of so many bytes beside it in the part called `file`; raises Refused."""
    if _kind(request) == MULTIPART:
        return await _multipart(await body_of(request, MAX_JSON_BYTES + room), _headers(request), model, part)
    return await read_json(request, model, "Send application/json or multipart/form-data."), ()


async def read_json(request: Request, model: type[M], otherwise: str = "Send application/json.") -> M:
    """The JSON body as a model; raises Refused, with this advice where the body is of another kind."""
    if _kind(request) != "application/json":
        raise Refused("type-not-supported", otherwise)
    return parsed(model, await body_of(request, MAX_JSON_BYTES))


def _kind(request: Request) -> str:
    return (header(request, b"content-type") or "").partition(";")[0].strip().lower()


def parsed(model: type[M], data: bytes) -> M:
    """The JSON as a model; what is wrong is told by place, never by quoting it."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)[:10]
        errors = tuple(
            FieldError(
                field=".".join(str(part)[:64] for part in one["loc"]).encode(errors="replace").decode(),
                slug=one["type"].replace("_", "-"),
                vi="Không đúng dạng.",
                en=one["msg"][:200],
            )
            for one in found
        )
        raise Refused("body-not-valid", errors=errors) from None


async def _multipart(body: bytes, headers: Headers, model: type[M], part: str) -> tuple[M, tuple[Upload, ...]]:
    parser = Parser(headers, _once(body), max_files=MAX_FILES + 1, max_fields=1, max_part_size=MAX_JSON_BYTES)
    try:
        document, uploads = await _parts(await parser.parse(), part)
    except (MultiPartException, KeyError, ValueError):
        raise Refused("body-not-valid", "The multipart body cannot be read.") from None
    finally:
        parser.close()
    if not parser.ended:
        raise Refused("body-not-valid", "The multipart body ends before its last boundary.")
    return parsed(model, document), tuple(upload for upload in uploads if upload.name or upload.content)


async def _parts(form: FormData, part: str) -> tuple[bytes, list[Upload]]:
    """The document and the files; a part of another name would be lost while its sender believes it sent."""
    texts = form.getlist(part)
    uploads = [await _upload(one) for one in form.getlist("file") if isinstance(one, UploadFile)]
    if len(texts) != 1 or len(uploads) != len(form.multi_items()) - 1:
        raise Refused("body-not-valid", f"Send one part called {part}, and files in parts called file.")
    text = texts[0]
    return (await text.read() if isinstance(text, UploadFile) else text.encode()), uploads


def _headers(request: Request) -> Headers:
    """The content type without its charset: some of Python's decoders take quadratic time."""
    _, parameters = parse_options_header(request.headers["content-type"])
    boundary = parameters.get(b"boundary", b"")
    if not BOUNDARY.fullmatch(boundary):
        raise Refused("body-not-valid", "The multipart body names no boundary.")
    return Headers(raw=[(b"content-type", b'multipart/form-data; boundary="' + boundary + b'"')])


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


async def _upload(file: UploadFile) -> Upload:
    return Upload(file.filename or "", await file.read())
