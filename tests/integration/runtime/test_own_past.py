"""What a writer finds in its own topics at the start: its past, two pasts, or what it cannot read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from phieu_schemas.codec import Record, encode
from phieu_schemas.testing import again
from services.runtime.errors import BusyError, ForkedError, NotReadyError
from services.runtime.postgres import Pool
from services.runtime.redrive import rebuild
from services.runtime.restore import Restore
from services.runtime.writer import Writer
from tests.integration.runtime.log import make_topics, pen
from tests.integration.runtime.records import event, new_ticket
from tests.integration.runtime.toy import DECIDER, NAME, TABLES, Say, Ticket, rows_of, say

EVENTS = "SELECT sequence, event_id FROM events WHERE subject = %s ORDER BY sequence"
MESSAGES = "SELECT messages, sequence FROM ticket WHERE ticket_id = %s"


class Past:
    """A brand's topic in a test's hands, and the restores that read it."""

    def __init__(self, kafka: str, pool: Pool, brand: str) -> None:
        self.kafka = kafka
        self.pool = pool
        self.brand = brand

    def record(self, ticket: str, sequence: int, **changed: Any) -> Record:
        """The record of the ticket's n-th event, with something changed on its outside."""
        found = again(event(ticket, sequence, self.brand), **changed)
        return Record(ticket.encode(), encode(*event(ticket, sequence, self.brand)).value, found.envelope.to_headers())

    async def write(self, *records: Record) -> None:
        """Publish these, in this order, whoever wrote them."""
        async with pen(self.kafka) as producer:
            for one in records:
                await producer.send_and_wait(
                    f"ticket-events.{self.brand}", one.value, key=one.key, headers=one.headers, partition=0
                )

    def restore(self) -> Restore[Ticket]:
        """A start that reads it."""
        pattern = rf"^ticket-events\.{self.brand}$"
        return Restore(pool=self.pool, decider=DECIDER, brokers=[self.kafka], service=NAME, pattern=pattern)

    async def read(self) -> None:
        """A start that must come to its end."""
        restore = self.restore()
        running = asyncio.create_task(restore.run())
        waiting = asyncio.create_task(restore.done.wait())
        await asyncio.wait({running, waiting}, timeout=30, return_when=asyncio.FIRST_COMPLETED)
        await restore.stop()
        await running
        assert restore.done.is_set()

    async def events(self, ticket: str) -> dict[int, str]:
        """What the table holds of a ticket."""
        return {sequence: str(event_id) for sequence, event_id in await rows_of(self.pool, EVENTS, ticket)}

    async def folded(self, ticket: str) -> tuple[Any, ...]:
        """Messages and sequence of the ticket as its writer remembers it."""
        rows = await rows_of(self.pool, MESSAGES, ticket)
        return rows[0] if rows else ()


@pytest_asyncio.fixture
async def past(kafka: str, pool: Pool, brand: str) -> Past:
    await make_topics(kafka, brand)
    return Past(kafka, pool, brand)


@asynccontextmanager
async def writing(pool: Pool, caught_up: Callable[[], bool] = lambda: True) -> AsyncIterator[Writer[Ticket, Say]]:
    """A writer at work."""
    writer = Writer(pool=pool, decider=DECIDER, committed=lambda: None, caught_up=caught_up)
    running = asyncio.create_task(writer.run())
    yield writer
    await writer.stop()
    await running


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int]]:
    """Whose events were complained of, so that somebody wakes up."""
    critical = [vars(one) for one in caplog.records if one.levelno == logging.CRITICAL]
    return [(one["subject"], one["sequence"]) for one in critical]


# --- before it has read them ---


async def test_nobody_is_answered_before_the_past_is_read(past: Past, pool: Pool) -> None:
    ticket, restore = new_ticket(), past.restore()
    await past.write(past.record(ticket, 1))
    async with writing(pool, restore.done.is_set) as writer:
        with pytest.raises(NotReadyError):
            await writer.ask(say(subject=ticket, brand=past.brand))
        running = asyncio.create_task(restore.run())
        await asyncio.wait_for(restore.done.wait(), 30)
        assert (await writer.ask(say(subject=ticket, brand=past.brand))).body[:2] == b"2 "
    await restore.stop()
    await running


# --- two pasts ---


@pytest.mark.parametrize("place", [2, 3], ids=["another event in its place", "the same event in another place"])
async def test_two_pasts_end_the_process_and_are_shown(
    past: Past, pool: Pool, caplog: pytest.LogCaptureFixture, place: int
) -> None:
    async with writing(pool) as writer:
        ask = say(brand=past.brand)
        await writer.ask(ask)
        await writer.ask(say(brand=past.brand, subject=ask.subject))
    before = await past.events(ask.subject)
    other = {} if place == 2 else {"id": before[2]}
    await past.write(past.record(ask.subject, 1, id=before[1]), past.record(ask.subject, place, **other))
    restore = past.restore()
    with pytest.raises(ForkedError):
        await asyncio.wait_for(restore.run(), 30)
    assert await restore.ready() is not None
    assert said(caplog) == [(ask.subject, place)]
    assert await past.events(ask.subject) == before


async def test_copies_are_one_past(past: Past) -> None:
    ticket = new_ticket()
    story = [past.record(ticket, sequence) for sequence in (1, 2)]
    await past.write(*story, *story)
    await past.read()
    await past.write(*story)
    await past.read()
    assert (list(await past.events(ticket)), await past.folded(ticket)) == ([1, 2], (2, 2))


# --- what cannot be read ---


def with_header(record: Record, name: str, value: bytes) -> Record:
    kept = [header for header in record.headers if header[0] != name]
    return record._replace(headers=[*kept, (name, value)])


UNREAD: dict[str, Callable[[Record], Record]] = {
    "a later version": lambda one: with_header(one, "ce_type", b"phieu.ticket.supplemented.v99"),
    "a later type": lambda one: with_header(one, "ce_type", b"phieu.ticket.celebrated.v1"),
    "no JSON": lambda one: one._replace(value=b"{"),
    "no value": lambda one: one._replace(value=None),  # type: ignore[arg-type]  # a tombstone is what is tried here
}


@pytest.mark.parametrize("spoil", UNREAD.values(), ids=UNREAD)
async def test_a_place_that_cannot_be_read_is_never_given_twice_and_no_other_ticket_waits(
    past: Past, pool: Pool, caplog: pytest.LogCaptureFixture, spoil: Callable[[Record], Record]
) -> None:
    ticket, other = new_ticket(), new_ticket()
    spoiled = [past.record(ticket, 1), spoil(past.record(ticket, 2)), past.record(ticket, 3)]
    await past.write(*spoiled, past.record(other, 1))
    await past.read()
    await past.read()
    assert said(caplog)[-1] == (ticket, 2)
    async with writing(pool) as writer:
        assert (await writer.ask(say(subject=other, brand=past.brand))).body[:2] == b"2 "
        with pytest.raises(BusyError):
            await writer.ask(say(subject=ticket, brand=past.brand))
    assert (list(await past.events(ticket)), await past.folded(ticket)) == ([1, 2, 3], (1, 1))


async def test_a_rebuild_stops_a_ticket_where_it_cannot_be_read(past: Past, pool: Pool) -> None:
    ticket, other = new_ticket(), new_ticket()
    spoiled = [past.record(ticket, 1), UNREAD["a later version"](past.record(ticket, 2)), past.record(ticket, 3)]
    await past.write(*spoiled, past.record(other, 1))
    await past.read()
    await rebuild(pool, TABLES, DECIDER)
    assert (await past.folded(ticket), await past.folded(other)) == ((1, 1), (1, 1))


async def test_a_strangers_record_gives_way_to_the_event_that_it_came_before(past: Past) -> None:
    ticket = new_ticket()
    forged = past.record(ticket, 2, id="00000000-0000-4000-8000-000000000001")
    true = past.record(ticket, 2)
    await past.write(past.record(ticket, 1), UNREAD["no JSON"](forged), true)
    await past.read()
    assert (list(await past.events(ticket)), await past.folded(ticket)) == ([1, 2], (2, 2))
    assert (await past.events(ticket))[2] == dict(true.headers)["ce_id"].decode()


STRANGE: dict[str, Sequence[tuple[str, bytes]]] = {
    "no headers": [],
    "a sequence in words": [("ce_sequence", b"two")],
    "what no table can hold": [("ce_type", b"phieu.ticket.supp\0lemented.v1")],
    "a trace that no table can hold": [("traceparent", b"\0")],
}


@pytest.mark.parametrize("headers", STRANGE.values(), ids=STRANGE)
async def test_what_was_never_ours_changes_nothing(past: Past, headers: Sequence[tuple[str, bytes]]) -> None:
    ticket = new_ticket()
    strange = past.record(ticket, 2)._replace(headers=[])
    for name, value in headers:
        strange = with_header(past.record(ticket, 2), name, value)
    await past.write(past.record(ticket, 1), strange)
    await past.read()
    assert (list(await past.events(ticket)), await past.folded(ticket)) == ([1], (1, 1))


async def test_what_came_early_is_folded_once_the_gap_is_closed(past: Past) -> None:
    ticket = new_ticket()
    await past.write(past.record(ticket, 1), past.record(ticket, 3))
    await past.read()
    assert await past.folded(ticket) == (1, 1)
    await past.write(past.record(ticket, 2))
    await past.read()
    assert await past.folded(ticket) == (3, 3)
