"""A small service on the real runtime: it counts the messages of a ticket, and takes notes of what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from phieu_schemas.fact import Fact
from phieu_schemas.testing import SEALED
from phieu_schemas.ticket import Received, Supplemented
from phieu_schemas.types import Sealed
from services.runtime.ask import Answer, Ask, Decider, Stream
from services.runtime.delivery import Delivered
from services.runtime.errors import Refused
from services.runtime.facts import keep
from services.runtime.postgres import Connection, Pool
from services.runtime.tables import READER_POSITION, WRITER_LEDGER, Tables

NAME = "intake"
"""The role and schema it borrows, and the source that its events may have."""
TABLES = Tables(
    folded=("ticket", "brand_fact", "note"),
    written=("ticket",),
    ledger=WRITER_LEDGER,
    position=(*READER_POSITION, "published"),
)
OWN = """
CREATE TABLE IF NOT EXISTS ticket (ticket_id text PRIMARY KEY, brand text NOT NULL, number text NOT NULL,
    messages int NOT NULL, sequence bigint NOT NULL, at timestamptz NOT NULL, UNIQUE (brand, number));
CREATE TABLE IF NOT EXISTS note (place bigint GENERATED ALWAYS AS IDENTITY, subject text NOT NULL,
    source text NOT NULL, sequence bigint NOT NULL, words text);
"""

SAVE = """INSERT INTO ticket VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (ticket_id) DO UPDATE
    SET messages = excluded.messages, sequence = excluded.sequence, at = excluded.at"""


async def make_tables(pool: Pool) -> None:
    """Its own tables, beside those of the runtime."""
    async with pool.connection() as connection:
        await connection.execute(OWN)


# --- writing ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """How many messages there are."""

    number: str = ""
    messages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One more message; some words are special."""

    number: str
    words: str
    at: datetime


def decide(ticket: Ticket, say: Say) -> tuple[Fact, ...]:
    """A ticket begins with its first message; what is unspeakable is refused, what is unthinkable is a bug."""
    if say.words == "unspeakable":
        raise Refused("message-not-valid")
    if say.words == "unthinkable":
        raise ZeroDivisionError
    size = 1_000_001 if say.words == "longest" else 4
    personal = SEALED.model_copy(update={"ciphertext": "A" * size})
    if ticket.messages:
        return (Supplemented(message=ticket.messages + 1, channel_kind="web_form", personal=personal),)
    return (_first(say.number, personal),)


def _first(number: str, personal: Sealed) -> Received:
    return Received(
        number=number,
        channel="web",
        channel_kind="web_form",
        policy="toy-1",
        language="vi",
        requester_id=UUID(int=1),
        personal=personal,
    )


def evolve(ticket: Ticket, fact: Fact, _: datetime) -> Ticket:
    """The ticket after this fact."""
    if isinstance(fact, Received):
        return Ticket(number=fact.number, messages=1)
    return replace(ticket, messages=ticket.messages + 1)


class Tickets:
    """Its streams as rows."""

    async def load(self, connection: Connection, subjects: Sequence[str]) -> Mapping[str, Stream[Ticket]]:
        """Locked in id order."""
        asked = "SELECT * FROM ticket WHERE ticket_id = ANY (%s) ORDER BY ticket_id FOR UPDATE"
        rows = await (await connection.execute(asked, (list(subjects),))).fetchall()
        return {row[0]: _stream(row) for row in rows}

    async def save(self, connection: Connection, streams: Sequence[Stream[Ticket]]) -> None:
        """A number is given once per brand."""
        for one in streams:
            row = (one.subject, one.brand, one.state.number, one.state.messages, one.sequence, one.at)
            await connection.execute(SAVE, row)


def _stream(row: tuple[Any, ...]) -> Stream[Ticket]:
    subject, brand, number, messages, sequence, at = row
    state = Ticket(number=number, messages=messages)
    return Stream(subject=subject, brand=brand, sequence=sequence, at=at, state=state)


DECIDER: Decider[Ticket, Say] = Decider(decide=decide, evolve=evolve, initial=Ticket(), store=Tickets())


def say(
    words: str = "hello", *, brand: str = "toy", subject: str | None = None, key: UUID | None = None, **more: Any
) -> Ask[Say]:
    """A command on its way; without a subject it begins a ticket."""
    number = more.pop("number", None) or f"4{uuid4().int % 10**9:09}"
    return Ask(
        scope="say",
        key=key or uuid4(),
        fingerprint=words.encode(),
        brand=brand,
        subject=subject or str(uuid4()),
        facts=1,
        command=lambda at: Say(number=number, words=words, at=at),
        reply=lambda at, sequence, _: Answer(201, f"{sequence} {at.isoformat()}".encode()),
        **({"fresh": subject is None} | more),
    )


# --- reading ---


class Notes:
    """Writes down every ticket event in the order in which it was applied, and keeps brand facts."""

    faulty: frozenset[tuple[str, int]] = frozenset()

    async def apply(self, connection: Connection, events: Sequence[Delivered]) -> None:
        """Raises for what it was told to find faulty."""
        await keep(connection, events)
        for event in events:
            envelope = event.envelope
            words = event.personal.model_dump_json() if event.personal else None
            row = (envelope.subject, envelope.source_name, envelope.sequence, words)
            await connection.execute("INSERT INTO note (subject, source, sequence, words) VALUES (%s, %s, %s, %s)", row)
            if (envelope.subject, envelope.sequence) in self.faulty:
                raise ZeroDivisionError


async def notes_of(pool: Pool, subject: str) -> list[int]:
    """The sequences of a ticket, in the order in which they were applied."""
    rows = await rows_of(pool, "SELECT sequence FROM note WHERE subject = %s ORDER BY place", subject)
    return [row[0] for row in rows]


async def parked_of(pool: Pool, subject: str) -> dict[int, str]:
    """What is parked of a ticket, by sequence, and why."""
    return dict(await rows_of(pool, "SELECT sequence, cause FROM parked WHERE subject = %s", subject))


async def rows_of(pool: Pool, question: str, *values: object) -> list[tuple[Any, ...]]:
    """What the database answers."""
    async with pool.connection() as connection:
        return await (await connection.execute(question.encode(), values)).fetchall()
