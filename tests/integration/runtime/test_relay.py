"""The relay between a real database and a real broker: in order, nothing lost, nobody held up by another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from services.runtime.events import Row
from services.runtime.metrics import PRODUCER_REBUILT
from services.runtime.postgres import Pool
from services.runtime.producer import Place, Producer
from services.runtime.redrive import release
from services.runtime.relay import Relay
from services.runtime.writer import Writer
from tests.integration.runtime.log import events_on, make_topics, sequences, until
from tests.integration.runtime.relaying import LEADERS, a_ticket, emptied, enlarge, left_of, relaying, writing
from tests.integration.runtime.toy import NAME, Say, Ticket, rows_of


@pytest_asyncio.fixture
async def writer(pool: Pool) -> AsyncIterator[Writer[Ticket, Say]]:
    async with writing(pool) as found:
        yield found


@pytest.fixture
def producer(kafka: str) -> Producer:
    return Producer([kafka], NAME)


async def test_tickets_are_published_in_order_with_their_positions(
    kafka: str, pool: Pool, brand: str, writer: Writer[Ticket, Say], producer: Producer
) -> None:
    await make_topics(kafka, brand)
    async with relaying(pool, producer):
        tickets = await asyncio.gather(*(a_ticket(writer, brand, *["word"] * 5) for _ in range(10)))
        await until(emptied(pool, brand))
    events = await events_on(kafka, brand)
    assert [sequences(events, ticket) for ticket in tickets] == [[1, 2, 3, 4, 5]] * 10
    asked = "SELECT sum(next_offset) FROM published WHERE topic = %s"
    assert await rows_of(pool, asked, f"ticket-events.{brand}") == [(50,)]
    kept = await rows_of(pool, "SELECT event_id, accepted_at FROM events WHERE brand = %s", brand)
    assert {(event.envelope.id, event.envelope.time) for event in events} == set(kept)


class CutOff(Producer):
    """Loses the relay's database right after the first acknowledgement, before the commit."""

    pool: Pool
    cuts = 1

    async def publish(self, bound: Sequence[tuple[Row, str]]) -> dict[Place, int]:
        ends = await super().publish(bound)
        if self.cuts:
            self.cuts -= 1
            await rows_of(self.pool, f"SELECT pg_terminate_backend(pid) FROM ({LEADERS}) AS leaders")
        return ends


async def test_what_was_acknowledged_and_not_committed_comes_twice_with_equal_ids(
    kafka: str, pool: Pool, brand: str, writer: Writer[Ticket, Say]
) -> None:
    await make_topics(kafka, brand)
    ticket = await a_ticket(writer, brand, "one", "two", "three")
    producer = CutOff([kafka], NAME)
    producer.pool = pool
    async with relaying(pool, producer):
        await until(emptied(pool, brand))
    events = await events_on(kafka, brand)
    assert sequences(events, ticket) == [1, 2, 3, 1, 2, 3]
    assert events[:3] == events[3:]


async def test_what_the_broker_refuses_is_held_with_its_ticket_and_the_rest_goes_on(
    kafka: str, pool: Pool, brand: str, writer: Writer[Ticket, Say], producer: Producer
) -> None:
    await make_topics(kafka, brand, partitions=1)
    rebuilt = PRODUCER_REBUILT._value.get()
    big = await a_ticket(writer, brand, "one", "two", "three")
    await enlarge(pool, big, sequence=2)
    small = await a_ticket(writer, brand, "one", "two")
    async with relaying(pool, producer):
        await until(emptied(pool, brand, but=2))
        later = await a_ticket(writer, brand, "one")
        await until(emptied(pool, brand, but=2))
    events = await events_on(kafka, brand)
    assert (sequences(events, small), sequences(events, later)) == ([1, 2], [1])
    assert set(sequences(events, big)) == {1}
    assert await left_of(pool, brand) == ["MessageSizeTooLargeError", None]
    assert PRODUCER_REBUILT._value.get() > rebuilt


async def test_what_is_released_is_tried_again(
    kafka: str, pool: Pool, brand: str, writer: Writer[Ticket, Say], producer: Producer
) -> None:
    await make_topics(kafka, brand)
    ticket = await a_ticket(writer, brand, "one", "two")
    asked = "UPDATE outbox SET held = 'tried' WHERE id = (SELECT min(id) FROM outbox WHERE subject = %s) RETURNING 1"
    await rows_of(pool, asked, ticket)
    async with relaying(pool, producer):
        await asyncio.sleep(0.3)
        assert await left_of(pool, brand) == ["tried", None]
        assert await release(pool) == 1
        await until(emptied(pool, brand))
    assert sequences(await events_on(kafka, brand), ticket) == [1, 2]


async def test_a_brand_without_a_topic_holds_up_no_other_and_flows_when_it_has_one(
    kafka: str, pool: Pool, brand: str, writer: Writer[Ticket, Say], producer: Producer
) -> None:
    bare = f"{brand}-bare"
    await make_topics(kafka, brand)
    waiting = await a_ticket(writer, bare, "one", "two")
    ticket = await a_ticket(writer, brand, "one", "two")
    async with relaying(pool, producer):
        await until(emptied(pool, brand))
        assert await left_of(pool, bare) == [None, None]
        await make_topics(kafka, bare)
        await until(emptied(pool, bare))
    assert sequences(await events_on(kafka, brand), ticket) == [1, 2]
    assert sequences(await events_on(kafka, bare), waiting) == [1, 2]


async def test_of_two_relays_one_leads_and_the_other_takes_over(
    kafka: str, pool: Pool, brand: str, writer: Writer[Ticket, Say], producer: Producer
) -> None:
    await make_topics(kafka, brand)
    async with relaying(pool, Producer([kafka], NAME)):
        async with relaying(pool, producer):
            first = await a_ticket(writer, brand, "one")
            await until(emptied(pool, brand))
            assert len(await rows_of(pool, LEADERS)) == 1
        second = await a_ticket(writer, brand, "one")
        await until(emptied(pool, brand))
    events = await events_on(kafka, brand)
    assert (sequences(events, first), sequences(events, second)) == ([1], [1])


async def test_before_the_past_is_read_nothing_is_published(kafka: str, pool: Pool, brand: str) -> None:
    """The position in the topics would move past what a restore has still to take back."""
    read = asyncio.Event()
    producer = Producer([kafka], NAME)
    relay = Relay(pool=pool, producer=producer, service=NAME, caught_up=read.is_set)
    running = asyncio.create_task(relay.run())
    async with writing(pool) as writer:
        await make_topics(kafka, brand)
        ticket = await a_ticket(writer, brand, "one")
        await asyncio.sleep(0.5)
        assert producer.client is None
        read.set()

        async def published() -> bool:
            return await rows_of(pool, "SELECT FROM outbox WHERE subject = %s", ticket) == []

        await until(published)
    await relay.stop()
    await asyncio.wait_for(running, 15)
