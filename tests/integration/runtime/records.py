"""Records as they come from the log, sound and foul, and a reader's progress through one partition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from phieu_schemas.codec import Recorded, encode
from phieu_schemas.testing import again, erased, received, supplemented
from services.runtime.delivery import Place, Projection, Raw
from services.runtime.opener import Opener, Sealed
from services.runtime.postgres import Pool
from services.runtime.reader import Reader, Taken
from tests.integration.runtime.toy import rows_of


def event(ticket: str, sequence: int, brand: str, **more: Any) -> Recorded:
    """The ticket's n-th event."""
    if sequence == 1:
        return received(ticket, brand=brand, number=f"4{UUID(ticket).int % 10**9:09}", **more)
    return supplemented(ticket, sequence=sequence, brand=brand, **more)


class Partition:
    """A partition that a test writes by hand, and how far a reader has come in it."""

    def __init__(self, pool: Pool, brand: str, prefix: str = "ticket-events") -> None:
        self.pool = pool
        self.brand = brand
        self.place = Place(f"{prefix}.{brand}", 0)
        self.raws: list[Raw] = []
        self.at = 0

    def put(self, recorded: Recorded) -> Raw:
        """Write an event."""
        return self.put_raw(*encode(recorded.envelope, recorded.fact))

    def put_raw(self, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> Raw:
        """Write anything."""
        raw = Raw(self.place, len(self.raws), key, value, list(headers))
        self.raws.append(raw)
        return raw

    def story(self, ticket: str, *sequences: int) -> None:
        """Write these events of a ticket."""
        for sequence in sequences:
            self.put(event(ticket, sequence, self.brand))

    def put_unread(self, ticket: str, sequence: int) -> None:
        """Write an event whose body is no JSON."""
        raw = encode(*event(ticket, sequence, self.brand))
        self.put_raw(raw.key, b"{", raw.headers)

    def put_unknown(self, ticket: str, sequence: int) -> None:
        """Write an event of a type never heard of."""
        sung = again(erased(ticket, sequence=sequence, brand=self.brand), type="phieu.ticket.sung.v1")
        self.put_raw(ticket.encode(), b"{}", sung.envelope.to_headers())

    async def begun(self) -> Partition:
        """With its checkpoint at the beginning."""
        asked = "INSERT INTO checkpoint VALUES (%s, %s, 0) ON CONFLICT DO NOTHING RETURNING 1"
        await rows_of(self.pool, asked, *self.place)
        return self

    async def read_by(self, reader: Reader) -> Taken:
        """One batch: all that the reader has not had."""
        batch = {self.place: self.raws[self.at :]}
        taken = await reader.take(batch, {self.place: self.at})
        self.at = taken.next[self.place]
        return taken

    async def checkpoint(self) -> int:
        """How far the stored position is."""
        asked = "SELECT next_offset FROM checkpoint WHERE topic = %s"
        return int((await rows_of(self.pool, asked, self.place.topic))[0][0])


def reader_of(pool: Pool, projection: Projection, *, opener: Opener | None = None, facts: int = 1) -> Reader:
    """A reader that has applied so many facts of every brand."""
    return Reader(pool=pool, projection=projection, opener=opener or Sealed(), known_facts=lambda _: facts)


def new_ticket() -> str:
    """An id."""
    return str(uuid4())
