"""What each table of a service is: what a rebuild empties, keeps, and is compared by.

folded    dropped and folded again from the events table and the topics; rebuilt must equal live, row by row
kept      drafts, sessions, claims: backed up, never rebuilt
ledger    events, idempotency, outbox: the service's own truth
position  how far it got: rebuilt, not compared
"""

from __future__ import annotations

from dataclasses import dataclass, field

from psycopg import sql

from services.runtime.postgres import Connection

WRITER_LEDGER = ("events", "outbox", "idempotency")
READER_POSITION = ("checkpoint", "seen", "parked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Every table of a service's schema, by kind; `migration` is the runtime's own."""

    folded: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    ledger: tuple[str, ...] = ()
    position: tuple[str, ...] = ()
    written: tuple[str, ...] = field(default=())
    """Those among `folded` that are folded from the service's own events table, not from the topics."""

    @property
    def all(self) -> frozenset[str]:
        """Every declared table."""
        return frozenset((*self.folded, *self.kept, *self.ledger, *self.position, "migration"))


async def forget_folded(connection: Connection, tables: Tables) -> None:
    """Empty what is folded, and where the topics had been read to: running readers are fenced and begin again."""
    if "checkpoint" in tables.position:
        await connection.execute("UPDATE checkpoint SET next_offset = 0")
        await connection.execute("TRUNCATE seen, parked")
    if tables.folded:
        names = sql.SQL(", ").join(map(sql.Identifier, tables.folded))
        await connection.execute(sql.SQL("TRUNCATE {}").format(names))
