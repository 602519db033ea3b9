"""Query's tables: what the log comes to, and the questions that are asked of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from services.query.project import AttachmentRow, EventRow, MessageRow, Rows, TicketRow
from services.runtime.postgres import Connection, Pool, queries, reachable
from services.runtime.tables import READER_POSITION, Tables

FOLDER = Path(__file__).parent / "sql"
SQL = queries(FOLDER)
TABLES = Tables(folded=("ticket", "message", "attachment", "event", "brand_fact"), position=READER_POSITION)
Json = dict[str, Any]
Row = TicketRow | MessageRow | AttachmentRow | EventRow


async def load(connection: Connection, ticket_ids: Collection[str]) -> dict[str, TicketRow]:
    """The tickets among these that were heard of before."""
    cursor = await connection.execute(SQL["load_tickets"], {"ids": list(ticket_ids)}, binary=True)
    return {row[0]: TicketRow(*row) for row in await cursor.fetchall()}


async def save(connection: Connection, rows: Rows) -> None:
    """Write each table once; what an erased ticket had before is blanked."""
    await _write(connection, "save_tickets", list(rows.tickets.values()))
    await _write(connection, "save_messages", rows.messages)
    await _write(connection, "save_attachments", rows.attachments)
    await _write(connection, "save_events", rows.events)
    if rows.erased:
        for name in ("blank_messages", "blank_attachments"):
            await connection.execute(SQL[name], {"ids": list(rows.erased)})


async def _write(connection: Connection, name: str, rows: Sequence[Row]) -> None:
    if rows:
        columns = map(list, zip(*rows, strict=True))
        await connection.execute(SQL[name], dict(zip(rows[0]._fields, columns, strict=True)))


async def record_of(pool: Pool, ticket_id: UUID) -> tuple[str, Json] | None:
    """A ticket's brand, and all there is of it; None while it was not heard of."""
    row = await _one(pool, "record", {"id": ticket_id})
    return (row[0], row[1]) if row else None


async def timeline_of(pool: Pool, ticket_id: UUID) -> tuple[str, Json] | None:
    """A ticket's brand, and its events in order."""
    row = await _one(pool, "timeline", {"id": ticket_id})
    return (row[0], {"ticket_id": str(ticket_id), "events": row[1], "stale": row[2]}) if row else None


class File(NamedTuple):
    """What must be known of a ticket's attachment to hand it out; without a key there is no such file."""

    brand: str
    status: str
    name: str | None
    media_type: str | None
    key_id: UUID | None


async def file_of(pool: Pool, ticket_id: UUID, attachment_id: UUID) -> File | None:
    """The attachment of this ticket; None where there is no such ticket."""
    row = await _one(pool, "file", {"id": ticket_id, "attachment": attachment_id})
    return File(*row) if row else None


class Wanted(NamedTuple):
    """Which tickets are asked for: of those older than the place `before`; by the beginning of a number, if given."""

    brand: str
    status: str | None
    number: str | None
    limit: int
    before_at: datetime = datetime.max.replace(tzinfo=UTC)
    before_id: UUID = UUID(int=2**128 - 1)


class Listed(NamedTuple):
    """A ticket among others."""

    ticket_id: UUID
    number: str
    brand: str
    status: str
    channel_kind: str
    language: str
    received_at: datetime
    last_activity_at: datetime
    messages: int


async def newest(pool: Pool, wanted: Wanted) -> list[Listed]:
    """A page of tickets, newest first."""
    name = "newest_by_number" if wanted.number else "newest"
    async with reachable(pool) as connection:
        cursor = await connection.execute(SQL[name], wanted._asdict())
        return [Listed(*row) for row in await cursor.fetchall()]


async def _one(pool: Pool, name: str, wanted: Mapping[str, object]) -> tuple[Any, ...] | None:
    async with reachable(pool) as connection:
        cursor = await connection.execute(SQL[name], wanted)
        return await cursor.fetchone()
