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
from services.runtime.errors import BusyError, FieldError, Refused, RetryableError, Rule
from services.runtime.ids import new_id
from services.runtime.objects import Objects, path_of

SealFile = Callable[..., bytes]
"""`codec.seal_file` under the ticket's key."""
RULED = frozenset({"file-too-large", "file-type", "file-not-what-it-says"})
"""What a brand says of files: how large, and of which types. The rest is refused for everybody's safety."""
NOT_DONE = (Refused, BusyError)
"""After these the command certainly did not happen; after anything else it may have, and its files stay."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A file that may be stored: its cleaned name, its true type, its bytes."""

    attachment: Attachment
    name: str
    content: bytes


async def judge(uploads: Sequence[Upload], allowed: Attachments | None, rule: Rule | None) -> tuple[Judged, ...]:
    """Refused, by this rule, unless every file is allowed; the look inside runs beside the event loop."""
    if not uploads:
        return ()
    if allowed is None or len(uploads) > allowed.max_files:
        raise Refused("file-not-taken", rule=rule)
    return tuple([await _judge_one(upload, allowed, rule) for upload in uploads])


async def _judge_one(upload: Upload, allowed: Attachments, rule: Rule | None) -> Judged:
    verdict = await asyncio.to_thread(inspect, upload.content, upload.name, allowed)
    if isinstance(verdict, FileRefused):
        error = FieldError(field="file", slug=verdict.slug, vi=verdict.vi, en=verdict.en)
        raise Refused(verdict.slug, errors=(error,), rule=rule if verdict.slug in RULED else None)
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
