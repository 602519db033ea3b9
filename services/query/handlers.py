"""Facts in: brand facts into the runtime's table, what happened to tickets into query's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from services.query import store
from services.query.project import gather
from services.runtime import facts
from services.runtime.delivery import Delivered
from services.runtime.postgres import Connection

PATTERN = r"^(brand-facts|ticket-events)\.[a-z0-9-]+$"


class Projection:
    """Folds a batch in a handful of statements."""

    def __init__(self, forget: Callable[[Iterable[UUID]], None]) -> None:
        """`forget` drops the keys of erased tickets from memory."""
        self.forget = forget

    async def apply(self, connection: Connection, events: Sequence[Delivered]) -> None:
        """Fold the events, in this order."""
        await facts.keep(connection, events)
        told = [event for event in events if not facts.is_brand_fact(event)]
        rows = gather(await store.load(connection, {event.envelope.subject for event in told}), told)
        await store.save(connection, rows)
        self.forget(rows.tickets[ticket_id].key_id for ticket_id in rows.erased)
