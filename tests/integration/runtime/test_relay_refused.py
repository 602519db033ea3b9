"""What the relay does when a batch fails: it finds the row at fault, holds it alone, and goes on with all others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError, UnknownError

from infra.local.provision import Provision
from services.runtime import postgres as database
from services.runtime.events import Row
from services.runtime.postgres import Pool
from services.runtime.producer import Place, Producer
from services.runtime.writer import Writer
from tests.integration.runtime.log import events_on, make_topics, sequences, until
from tests.integration.runtime.relaying import LEADERS, a_ticket, emptied, enlarge, left_of, relaying, writing
from tests.integration.runtime.toy import NAME, Say, Ticket, rows_of, say


@pytest_asyncio.fixture
async def writer(pool: Pool) -> AsyncIterator[Writer[Ticket, Say]]:
    async with writing(pool) as found:
        yield found


class Stub(Producer):
    """No broker at all: it notes the rows of each batch, and fails with what it is given."""

    def __init__(self, *failures: Exception) -> None:
        super().__init__([], NAME)
        self.failures = list(failures)
        self.batches: list[list[Row]] = []

    async def missing(self, topics: set[str]) -> set[str]:
        return set()

    async def publish(self, bound: Sequence[tuple[Row, str]]) -> dict[Place, int]:
        self.batches.append([row for row, _ in bound])
        if self.failures:
            raise self.failures.pop()
        return {}


@asynccontextmanager
async def traffic(writer: Writer[Ticket, Say], brand: str) -> AsyncIterator[None]:
    """New tickets, more than one at a time could carry away, for as long as the block lasts."""
    over = asyncio.Event()

    async def come() -> None:
        while not over.is_set():
            await asyncio.gather(*(writer.ask(say(brand=brand)) for _ in range(20)))

    coming = asyncio.create_task(come())
    try:
        yield
    finally:
        over.set()
        await coming


class Noted(Producer):
    """Publishes, and notes how many rows each batch had."""

    def __init__(self, kafka: str) -> None:
        super().__init__([kafka], NAME)
        self.sizes: list[int] = []

    async def publish(self, bound: Sequence[tuple[Row, str]]) -> dict[Place, int]:
        self.sizes.append(len(bound))
        return await super().publish(bound)


async def test_one_refused_event_slows_nobody_while_traffic_lasts(
    kafka: str, pool: Pool, brand: str, writer: Writer[Ticket, Say]
) -> None:
    await make_topics(kafka, brand)
    guilty = await a_ticket(writer, brand, "one", "two", "three", "four")
    await enlarge(pool, guilty, sequence=2)
    others = [await a_ticket(writer, brand, "one", "two") for _ in range(20)]
    await a_ticket(writer, f"{brand}-bare", "one", "two")
    producer = Noted(kafka)
    busy: list[int] = []

    async def is_held() -> bool:
        return "MessageSizeTooLargeError" in await left_of(pool, brand)

    async def is_swift_again() -> bool:
        busy[:] = producer.sizes[since:]
        return max(busy, default=0) >= 15

    async with traffic(writer, brand), relaying(pool, producer):
        await until(is_held)
        since = len(producer.sizes)
        await until(is_swift_again, 15)
    async with relaying(pool, producer):
        await until(emptied(pool, brand, but=3))
    events = await events_on(kafka, brand)
    assert set(sequences(events, guilty)) == {1}
    for other in others:
        assert sorted(set(sequences(events, other))) == [1, 2]
        assert sequences(events, other)[0] == 1
    assert await left_of(pool, brand) == ["MessageSizeTooLargeError", None, None]


@pytest.mark.parametrize("error", [UnknownError, TopicAuthorizationFailedError, KafkaError, TimeoutError, OSError])
async def test_what_is_no_fault_of_the_event_sets_nothing_aside(
    pool: Pool, brand: str, writer: Writer[Ticket, Say], error: type[Exception]
) -> None:
    await a_ticket(writer, brand, "one")
    producer = Stub(error(), error(), error())
    async with relaying(pool, producer):
        await until(emptied(pool, brand))
    assert len(producer.batches) == 4


async def test_no_topics_to_be_seen_sets_nothing_aside(pool: Pool, brand: str, writer: Writer[Ticket, Say]) -> None:
    class Blind(Stub):
        async def missing(self, topics: set[str]) -> set[str]:
            if self.failures:
                raise self.failures.pop()
            return set()

    await a_ticket(writer, brand, "one")
    producer = Blind(KafkaError(), KafkaError(), KafkaError())
    async with relaying(pool, producer):
        await until(emptied(pool, brand))
    assert len(producer.batches) == 1


async def test_a_batch_is_bounded_by_its_bytes_too(pool: Pool, brand: str, writer: Writer[Ticket, Say]) -> None:
    tickets = [await a_ticket(writer, brand, "one") for _ in range(20)]
    for ticket in tickets:
        await enlarge(pool, ticket, sequence=1, size=900_000)
    await enlarge(pool, tickets[0], sequence=1, size=9_000_000)
    producer = Stub()
    async with relaying(pool, producer):
        await until(emptied(pool, brand))
    assert [row.subject for batch in producer.batches for row in batch] == tickets
    assert [len(batch) for batch in producer.batches] == [1, 9, 9, 1]


async def test_a_batch_that_takes_too_long_is_tried_in_halves(
    pool: Pool, brand: str, writer: Writer[Ticket, Say]
) -> None:
    class Slow(Stub):
        async def publish(self, bound: Sequence[tuple[Row, str]]) -> dict[Place, int]:
            await super().publish(bound)
            if len(bound) > 6:
                raise TimeoutError
            return {}

    tickets = [await a_ticket(writer, brand, "one") for _ in range(20)]
    producer = Slow()
    async with relaying(pool, producer):
        await until(emptied(pool, brand))
    carried = [batch for batch in producer.batches if len(batch) <= 6]
    assert [row.subject for batch in carried for row in batch] == tickets
    assert [len(batch) for batch in producer.batches[:3]] == [20, 10, 5]


async def test_a_process_that_was_frozen_inside_a_batch_goes_on_when_it_wakes(
    pool: Pool, brand: str, writer: Writer[Ticket, Say], postgres: Provision
) -> None:
    """Postgres has ended its session meanwhile: the batch is published again, under the same ids."""

    class Frozen(Stub):
        async def publish(self, bound: Sequence[tuple[Row, str]]) -> dict[Place, int]:
            await super().publish(bound)
            if len(self.batches) == 1:
                await until(self.is_forgotten)
            return {}

        async def is_forgotten(self) -> bool:
            return not await rows_of(pool, LEADERS)

    impatient = database.pool(postgres.dsn(NAME), NAME, size=1, options="-c idle_in_transaction_session_timeout=200ms")
    await impatient.open()
    await a_ticket(writer, brand, "one")
    producer = Frozen()
    async with relaying(impatient, producer):
        await until(emptied(pool, brand))
    await impatient.close()
    first, second = producer.batches
    assert first == second
