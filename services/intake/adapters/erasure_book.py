"""Erasures on record: whose tickets were asked for under which key, what is still open, and when it is tried again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from services.intake.store import SQL
from services.runtime.errors import Refused
from services.runtime.postgres import Pool, reachable

REASON = "requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One request to erase: every ticket of a requester, or one ticket; under an idempotency key of its caller."""

    scope: str
    key: UUID
    brand: str
    facts: int
    requester: UUID | None
    ticket_id: UUID | None

    @property
    def fingerprint(self) -> bytes:
        """What makes two of them the same; of a person only the opaque id goes into it."""
        return hashlib.sha256(f"{self.requester} {self.ticket_id}".encode()).digest()


class Open(NamedTuple):
    """An erasure that is due."""

    ticket_id: str
    brand: str
    facts: int
    reason: str
    key_id: UUID


class ErasureBook:
    """The `erasure` table, and beside each key the tickets that it was for."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def ask(self, wanted: Wanted) -> list[str]:
        """Make it durable; gives the tickets that this key stands for, those of its first time ever after."""
        name = "tickets_of_requester" if wanted.requester else "ticket_of_brand"
        whose = {"brand": wanted.brand, "requester": wanted.requester, "id": str(wanted.ticket_id)}
        async with reachable(self.pool) as connection, connection.transaction():
            cursor = await connection.execute(SQL[name], whose)
            tickets = [row[0] for row in await cursor.fetchall()]
            record = {"key": wanted.key, "scope": wanted.scope, "fingerprint": wanted.fingerprint}
            record |= {"body": json.dumps(tickets).encode(), "brand": wanted.brand}
            cursor = await connection.execute(SQL["record_erasure"], record)
            fingerprint, body, is_first = await cursor.fetchone() or (b"", b"[]", False)
            if is_first:
                asked = {"ids": tickets, "brand": wanted.brand, "facts": wanted.facts, "reason": REASON}
                await connection.execute(SQL["ask_erasure"], asked)
        if fingerprint != wanted.fingerprint:
            raise Refused("idempotency-key-reused")
        return list(json.loads(body))

    async def keys(self) -> list[UUID]:
        """The keys of every open erasure, due or not."""
        async with reachable(self.pool) as connection:
            cursor = await connection.execute(SQL["erasure_keys"])
            return [row[0] for row in await cursor.fetchall()]

    async def due(self, limit: int) -> list[Open]:
        """Open erasures whose time has come, oldest first."""
        async with reachable(self.pool) as connection:
            cursor = await connection.execute(SQL["erasures_due"], {"limit": limit})
            return [Open(*row) for row in await cursor.fetchall()]

    async def left(self, tickets: Sequence[str]) -> set[str]:
        """Those among the tickets whose erasure is still open."""
        async with reachable(self.pool) as connection:
            cursor = await connection.execute(SQL["erasures_left"], {"ids": list(tickets)})
            return {row[0] for row in await cursor.fetchall()}

    async def settle(self, *, done: Sequence[str], failed: Sequence[str]) -> None:
        """Forget what is done, its recorded answers too; what failed is due again later, each time a longer while."""
        async with reachable(self.pool) as connection, connection.transaction():
            await connection.execute(SQL["forget_ticket_answers"], {"ids": list(done)})
            await connection.execute(SQL["erasures_done"], {"ids": list(done)})
            await connection.execute(SQL["erasures_failed"], {"ids": list(failed)})
