"""Intake's own tables: one row per ticket, and the erasures under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from services.intake.state import Ticket
from services.runtime.ask import Stream
from services.runtime.postgres import Connection, Pool, queries, reachable
from services.runtime.tables import READER_POSITION, WRITER_LEDGER, Tables

FOLDER = Path(__file__).parent / "sql"
SQL = queries(FOLDER)
TABLES = Tables(
    folded=("ticket", "brand_fact"),
    written=("ticket",),
    kept=("erasure",),
    ledger=WRITER_LEDGER,
    position=(*READER_POSITION, "published"),
)


class TicketStore:
    """The streams of intake as rows."""

    async def load(self, connection: Connection, subjects: Sequence[str]) -> Mapping[str, Stream[Ticket]]:
        """The tickets that exist among these, locked in id order."""
        cursor = await connection.execute(SQL["load_tickets"], {"ids": list(subjects)})
        return {row[0]: _stream(row) for row in await cursor.fetchall()}

    async def save(self, connection: Connection, streams: Sequence[Stream[Ticket]]) -> None:
        """Write the tickets' rows; a number that the brand has given before is a UniqueViolation."""
        states = [stream.state for stream in streams]
        columns = {
            "ids": [stream.subject for stream in streams],
            "brands": [stream.brand for stream in streams],
            "numbers": [state.number for state in states],
            "requesters": [state.requester_id for state in states],
            "keys": [state.key_id for state in states],
            "messages": [state.messages for state in states],
            "erased": [state.erased_at for state in states],
            "sequences": [stream.sequence for stream in streams],
            "times": [stream.at for stream in streams],
        }
        await connection.execute(SQL["save_tickets"], columns)


def _stream(row: tuple[Any, ...]) -> Stream[Ticket]:
    subject, brand, number, requester_id, key_id, messages, erased_at, sequence, at = row
    state = Ticket(
        number=number,
        requester_id=requester_id,
        key_id=key_id,
        messages=messages,
        erased_at=erased_at,
    )
    return Stream(subject=subject, brand=brand, sequence=sequence, at=at, state=state)


class Known(NamedTuple):
    """What the door must know of a ticket before it can seal a message to it."""

    brand: str
    key_id: UUID
    erased: bool


async def find(pool: Pool, ticket_id: UUID) -> Known | None:
    """The ticket, if intake has it."""
    async with reachable(pool) as connection:
        cursor = await connection.execute(SQL["find_ticket"], {"id": str(ticket_id)})
        row = await cursor.fetchone()
    return Known(row[0], row[1], row[2] is not None) if row else None


async def recorded_answer(pool: Pool, key: UUID, scope: str) -> tuple[bytes, int, bytes] | None:
    """Fingerprint, status and body of what was answered under this key, if anything was."""
    async with reachable(pool) as connection:
        cursor = await connection.execute(SQL["recorded_answer"], {"key": key, "scope": scope})
        row = await cursor.fetchone()
    return (bytes(row[0]), row[1], bytes(row[2])) if row else None
