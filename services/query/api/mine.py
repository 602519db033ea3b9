"""GET /v1/query/my/...: what a customer's private link opens."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.query.api.answers import MyTicket
from services.query.api.door import Door, id_in, shown
from services.query.project import ERASED
from services.query.store import File, Json, file_of, record_of
from services.runtime import auth
from services.runtime.codec import unseal_file
from services.runtime.errors import Refused, StoreAwayError
from services.runtime.keys import KeyState
from services.runtime.objects import path_of

NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._-]")


async def ticket(door: Door, request: Request) -> Response:
    """The ticket that the link opens, as its customer sees it."""
    ticket_id, token = auth.linked_ticket(request)
    is_current = await door.after.applied(request, str(ticket_id))
    found = await record_of(door.pool, ticket_id)
    if found is None:
        raise Refused("ticket-not-found")
    brand, record = found
    await auth.must_open(door.ring, token, ticket_id, brand)
    return shown(_as_customer(record, door.name_of(brand), is_current=is_current))


def _as_customer(record: Json, brand_name: str, *, is_current: bool) -> MyTicket:
    """An erased ticket's files are gone, so none are offered."""
    messages = record["messages"]
    if record["erased"]:
        messages = [{**message, "attachments": []} for message in messages]
    stale = record["stale"] or not is_current
    return MyTicket.model_validate({**record, "messages": messages, "brand_name": brand_name, "stale": stale})


async def attachment(door: Door, request: Request) -> Response:
    """A file of the ticket that the link opens."""
    ticket_id, token = auth.linked_ticket(request)
    attachment_id = id_in(request, "attachment_id", "not-found")
    file = await file_of(door.pool, ticket_id, attachment_id)
    if file is None:
        raise Refused("ticket-not-found")
    await auth.must_open(door.ring, token, ticket_id, file.brand)
    if file.key_id is None or file.media_type is None:
        raise Refused("not-found")
    if file.status == ERASED:
        raise Refused("ticket-erased")
    return _download(await _content(door, file, file.key_id, ticket_id, attachment_id), file)


async def _content(door: Door, file: File, key_id: UUID, ticket_id: UUID, attachment_id: UUID) -> bytes:
    """The file in the clear; with its key deleted it is erased, although the word of it has not come yet."""
    key = (await door.ring.find([key_id]))[key_id]
    if key is KeyState.DELETED:
        raise Refused("ticket-erased")
    if isinstance(key, KeyState):
        raise StoreAwayError("keys-away")
    sealed = await door.objects.get(path_of(file.brand, ticket_id, attachment_id))
    if sealed is None:
        raise Refused("not-found")
    bound = {"brand": file.brand, "subject": str(ticket_id)}
    return await asyncio.to_thread(unseal_file, key, sealed, **bound, attachment_id=attachment_id)


def _download(content: bytes, file: File) -> Response:
    """Bytes to be saved, never shown in place."""
    headers = {
        "Content-Disposition": disposition(file.name or ""),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
    }
    return Response(content, headers=headers, media_type=file.media_type)


def disposition(name: str) -> str:
    """To be saved under this name: plain for old browsers, and in full (RFC 6266 and 8187)."""
    name = name or "file"
    return f"attachment; filename=\"{NOT_PLAIN.sub('_', name)}\"; filename*=UTF-8''{quote(name, safe='')}"
