"""A posted form, read within bounds: its fields, and at most one file of a bounded size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from services.web.adapters.intake import ChosenFile

MAX_FIELDS, MAX_FIELD_BYTES = 70, 512 * 1024
IDLE_SECONDS, WHOLE_SECONDS = 30.0, 300.0


class FormUnreadable(Exception):
    """What was posted is not a form of ours, too much, or came too slowly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What a person sent with a form."""

    fields: dict[str, str]
    file: ChosenFile | None = None
    too_large: str = ""

    def text(self, name: str) -> str:
        """A field's value; empty when it was not sent."""
        return self.fields.get(name, "")

    @property
    def file_name(self) -> str:
        """The name of the file that was chosen, taken or not."""
        return self.file.name if self.file else self.too_large


class BoundedParser(MultiPartParser):
    """Starlette's parser within bounds: a file that is too large is named, not kept.

    A browser sends the file last, so when the whole is too much the reading ends and the text is there.
    """

    spool_max_size = 64 * 1024 * 1024

    def __init__(self, request: Request, *, upload_bytes: int, file_bytes: int) -> None:
        super().__init__(
            request.headers,
            self._bounded(request.stream(), upload_bytes),
            max_files=1,
            max_fields=MAX_FIELDS,
            max_part_size=MAX_FIELD_BYTES,
        )
        self.room = file_bytes
        self.too_large = ""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Take what still fits; of a file that does not fit nothing more is kept."""
        file = self._current_part.file
        if file is not None:
            self.room -= end - start
            if self.room < 0:
                self.too_large = file.filename or ""
                return
        super().on_part_data(data, start, end)

    def close(self) -> None:
        """Let go of every file, also of one whose end was not waited for."""
        for file in self._files_to_close_on_error:
            file.close()

    async def _bounded(self, stream: AsyncGenerator[bytes, None], upload_bytes: int) -> AsyncGenerator[bytes, None]:
        size = 0
        while size <= upload_bytes:
            async with asyncio.timeout(IDLE_SECONDS):
                chunk = await anext(stream, b"")
            if not chunk:
                return
            size += len(chunk)
            yield chunk
        file = self._current_part.file
        if file is None:
            raise FormUnreadable("size")
        self.too_large = file.filename or ""


async def posted(request: Request, *, upload_bytes: int, file_bytes: int) -> Posted:
    """The form that was posted; raises `FormUnreadable` for what no page of ours sends."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise FormUnreadable("type")
    parser = BoundedParser(request, upload_bytes=upload_bytes, file_bytes=file_bytes)
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            form = await parser.parse()
    except (MultiPartException, TimeoutError):
        raise FormUnreadable("form") from None
    fields = {name: _plain(value) for name, value in form.items() if isinstance(value, str)}
    uploads = [value for value in form.values() if isinstance(value, UploadFile) and value.filename]
    file = await _chosen(uploads[0]) if uploads and not parser.too_large else None
    parser.close()
    return Posted(fields=fields, file=file, too_large=parser.too_large)


async def _chosen(upload: UploadFile) -> ChosenFile:
    media_type = upload.content_type or "application/octet-stream"
    return ChosenFile(name=upload.filename or "", content=await upload.read(), media_type=media_type)


def _plain(value: str) -> str:
    """Text as scripts see it: browsers send line ends as CRLF."""
    return value.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
