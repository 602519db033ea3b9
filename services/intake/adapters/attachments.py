"""Attachments on their way in: judged by content, sealed under the ticket's key, stored before the commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from phieu_schemas.types import Attachment
from services.intake.adapters.bodies import Upload
from services.intake.adapters.files import FileRefused, inspect
from services.policy.form import Attachments
from services.runtime.errors import BusyError, FieldError, Refused, RetryableError
from services.runtime.ids import new_id
from services.runtime.objects import Objects, path_of

SealFile = Callable[..., bytes]
"""`codec.seal_file` under the ticket's key."""
NOT_DONE = (Refused, BusyError)
"""After these the command certainly did not happen; after anything else it may have, and its files stay."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A file that may be stored: its cleaned name, its true type, its bytes."""

    attachment: Attachment
    name: str
    content: bytes


async def judge(uploads: Sequence[Upload], rule: Attachments | None) -> tuple[Judged, ...]:
    """Refused unless the rule takes every file; the look inside runs beside the event loop."""
    if not uploads:
        return ()
    if rule is None or len(uploads) > rule.max_files:
        raise Refused("file-not-taken")
    return tuple([await _judge_one(upload, rule) for upload in uploads])


async def _judge_one(upload: Upload, rule: Attachments) -> Judged:
    verdict = await asyncio.to_thread(inspect, upload.content, upload.name, rule)
    if isinstance(verdict, FileRefused):
        error = FieldError(field="file", slug=verdict.slug, vi=verdict.vi, en=verdict.en)
        raise Refused(verdict.slug, errors=(error,))
    attachment = Attachment(attachment_id=new_id(), bytes=len(upload.content), media_type=verdict.media_type)
    return Judged(attachment, verdict.clean_name, upload.content)


async def store(objects: Objects, seal: SealFile, brand: str, ticket_id: UUID, files: Sequence[Judged]) -> list[str]:
    """Seal and store the files; gives their paths."""
    paths: list[str] = []
    try:
        for file in files:
            attachment_id = file.attachment.attachment_id
            sealed = seal(file.content, brand=brand, subject=str(ticket_id), attachment_id=attachment_id)
            paths.append(path_of(brand, ticket_id, attachment_id))
            await objects.put(paths[-1], sealed)
    except RetryableError:
        await discard(objects, paths)
        raise
    return paths


async def discard(objects: Objects, paths: Sequence[str]) -> None:
    """Remove files that no event speaks of; what cannot be removed now is sealed and unknown to all."""
    for path in paths:
        with contextlib.suppress(RetryableError):
            await objects.delete(path)
