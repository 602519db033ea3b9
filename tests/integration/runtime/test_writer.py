"""The write path on a real database: durable once, whoever asks how often beside whomever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from psycopg.conninfo import make_conninfo

from infra.local.provision import Provision
from services.runtime import postgres as database
from services.runtime import writer as writing
from services.runtime.errors import BusyError, Refused, StoreAwayError
from services.runtime.metrics import COMMIT_COMMANDS
from services.runtime.postgres import Pool
from services.runtime.writer import Writer
from tests.integration.runtime.toy import DECIDER, NAME, Say, Ticket, rows_of, say

ToyWriter = Writer[Ticket, Say]
BREAK_WHO_WAITS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"""


@pytest_asyncio.fixture
async def writer(pool: Pool) -> AsyncIterator[ToyWriter]:
    found = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    running = asyncio.create_task(found.run())
    yield found
    await found.stop()
    await running


async def events_of(pool: Pool, subject: str) -> list[tuple[Any, ...]]:
    return await rows_of(pool, "SELECT sequence, accepted_at FROM events WHERE subject = %s ORDER BY id", subject)


def commits() -> float:
    return next(s.value for m in COMMIT_COMMANDS.collect() for s in m.samples if s.name.endswith("_count"))


async def test_an_answer_means_event_outbox_state_and_memory(writer: ToyWriter, pool: Pool) -> None:
    ask = say()
    answer = await writer.ask(ask)
    assert answer.status == 201
    assert [row[0] for row in await events_of(pool, ask.subject)] == [1]
    assert await rows_of(pool, "SELECT topic FROM outbox WHERE subject = %s", ask.subject) == [("ticket-events.toy",)]
    assert await rows_of(pool, "SELECT body FROM idempotency WHERE key = %s", ask.key) == [(answer.body,)]
    assert await rows_of(pool, "SELECT messages FROM ticket WHERE ticket_id = %s", ask.subject) == [(1,)]


async def test_those_who_come_together_share_commits(writer: ToyWriter) -> None:
    before = commits()
    answers = await asyncio.gather(*(writer.ask(say()) for _ in range(100)))
    assert {answer.status for answer in answers} == {201}
    assert commits() - before <= 3


async def test_many_messages_of_one_ticket_are_numbered_in_one_row(writer: ToyWriter, pool: Pool) -> None:
    first = say()
    await writer.ask(first)
    await asyncio.gather(*(writer.ask(say(subject=first.subject)) for _ in range(20)))
    rows = await events_of(pool, first.subject)
    assert [row[0] for row in rows] == list(range(1, 22))
    times: list[datetime] = [row[1] for row in rows]
    assert times == sorted(set(times))


async def test_time_goes_on_where_the_clock_goes_back(writer: ToyWriter, pool: Pool) -> None:
    first = say()
    await writer.ask(first)
    await rows_of(pool, "UPDATE ticket SET at = '2100-01-01Z' WHERE ticket_id = %s RETURNING 1", first.subject)
    answer = await writer.ask(say(subject=first.subject))
    assert answer.body == b"2 2100-01-01T00:00:00.000001+00:00"


async def test_the_same_again_gets_the_first_answer(writer: ToyWriter, pool: Pool) -> None:
    key, ticket = uuid4(), str(uuid4())
    first = await writer.ask(say(subject=ticket, key=key))
    await writer.ask(say(subject=ticket))
    assert await writer.ask(say(subject=ticket, key=key)) == first
    assert len(await events_of(pool, ticket)) == 2


async def test_other_content_under_one_key_is_refused(writer: ToyWriter, pool: Pool) -> None:
    key, ticket = uuid4(), str(uuid4())
    await writer.ask(say("one", subject=ticket, key=key))
    answer = await writer.ask(say("two", subject=ticket, key=key))
    assert (answer.status, b"idempotency-key-reused" in answer.body) == (422, True)
    assert len(await events_of(pool, ticket)) == 1


async def test_a_refusal_is_said_again(writer: ToyWriter) -> None:
    key, ticket = uuid4(), str(uuid4())
    first = await writer.ask(say("unspeakable", subject=ticket, key=key))
    assert (first.status, b"message-not-valid" in first.body) == (422, True)
    assert await writer.ask(say("unspeakable", subject=ticket, key=key)) == first


async def test_a_twin_in_flight_waits_for_the_first(writer: ToyWriter, pool: Pool) -> None:
    key, ticket = uuid4(), str(uuid4())
    twins = [writer.ask(say(subject=ticket, key=key)) for _ in range(10)]
    assert len({answer.body for answer in await asyncio.gather(*twins)}) == 1
    assert len(await events_of(pool, ticket)) == 1


async def test_a_twin_in_flight_with_other_content_is_refused(writer: ToyWriter) -> None:
    key, ticket = uuid4(), str(uuid4())
    first = asyncio.create_task(writer.ask(say("one", subject=ticket, key=key)))
    await asyncio.sleep(0)
    with pytest.raises(Refused, match="idempotency-key-reused"):
        await writer.ask(say("two", subject=ticket, key=key))
    assert (await first).status == 201


async def test_twins_in_two_processes_are_one(pool: Pool, writer: ToyWriter) -> None:
    other = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    running = asyncio.create_task(other.run())
    pairs = [(uuid4(), str(uuid4())) for _ in range(30)]
    asks = [one.ask(say(subject=ticket, key=key)) for key, ticket in pairs for one in (writer, other)]
    answers = await asyncio.gather(*asks)
    assert answers[::2] == answers[1::2]
    for _, ticket in pairs:
        assert len(await events_of(pool, ticket)) == 1
    await other.stop()
    await running


async def test_rivals_under_one_key_in_two_processes_are_told_apart(pool: Pool, writer: ToyWriter) -> None:
    other = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    running = asyncio.create_task(other.run())
    pairs = [(uuid4(), str(uuid4())) for _ in range(30)]
    asks = [
        one.ask(say(words, subject=ticket, key=key, fresh=True))
        for key, ticket in pairs
        for one, words in ((writer, "one"), (other, "two"))
    ]
    answers = await asyncio.gather(*asks)
    told = [{one.status, another.status} for one, another in zip(answers[::2], answers[1::2], strict=True)]
    assert told == [{201, 422}] * 30
    await other.stop()
    await running


async def test_a_number_that_is_taken_fails_only_its_own_command(writer: ToyWriter) -> None:
    await writer.ask(say(number="4000000001"))
    asks = [say(), say(number="4000000001"), say()]
    answers = await asyncio.gather(*map(writer.ask, asks), return_exceptions=True)
    assert [getattr(answer, "status", None) for answer in answers] == [201, None, 201]


async def test_a_value_that_the_database_refuses_fails_only_its_own_command(writer: ToyWriter, pool: Pool) -> None:
    bad = say(traceparent="nul\x00")
    asks = [say() for _ in range(7)]
    *answers, refused = await asyncio.gather(*map(writer.ask, [*asks, bad]), return_exceptions=True)
    assert {getattr(answer, "status", answer) for answer in answers} == {201}
    assert isinstance(refused, Refused)
    assert refused.slug == "body-not-valid"
    assert await events_of(pool, bad.subject) == []
    assert [len(await events_of(pool, ask.subject)) for ask in asks] == [1] * 7


async def test_a_decision_that_breaks_fails_only_its_own_command(writer: ToyWriter) -> None:
    asks = [say(), say("unthinkable"), say()]
    first, broken, last = await asyncio.gather(*map(writer.ask, asks), return_exceptions=True)
    assert isinstance(broken, ZeroDivisionError)
    assert (getattr(first, "status", first), getattr(last, "status", last)) == (201, 201)


async def test_an_answer_outlives_its_memory(writer: ToyWriter, pool: Pool) -> None:
    """After a restore the event came back from its topic and the idempotency record did not."""
    key, ticket = uuid4(), str(uuid4())
    first = await writer.ask(say(subject=ticket, key=key, fresh=True))
    await rows_of(pool, "DELETE FROM idempotency WHERE key = %s RETURNING 1", key)
    assert await writer.ask(say(subject=ticket, key=key, fresh=True)) == first
    await rows_of(pool, "DELETE FROM idempotency WHERE key = %s RETURNING 1", key)
    assert await writer.ask(say(subject=ticket, key=key)) == first
    assert len(await events_of(pool, ticket)) == 1


async def test_other_content_is_refused_though_the_memory_is_lost(writer: ToyWriter, pool: Pool) -> None:
    key, ticket = uuid4(), str(uuid4())
    await writer.ask(say("one", subject=ticket, key=key, fresh=True))
    await rows_of(pool, "DELETE FROM idempotency WHERE key = %s RETURNING 1", key)
    answer = await writer.ask(say("two", subject=ticket, key=key, fresh=True))
    assert (answer.status, b"idempotency-key-reused" in answer.body) == (422, True)
    assert len(await events_of(pool, ticket)) == 1


async def test_an_event_that_no_broker_would_take_is_refused_alone(writer: ToyWriter, pool: Pool) -> None:
    asks = [say(), say("longest"), say()]
    first, refused, last = await asyncio.gather(*map(writer.ask, asks))
    assert (first.status, refused.status, last.status) == (201, 413, 201)
    assert await events_of(pool, asks[1].subject) == []


async def test_a_database_that_is_away_is_said_and_nothing_is_half_done(postgres: Provision, pool: Pool) -> None:
    nowhere = database.pool(make_conninfo(postgres.dsn(NAME), port=1), NAME, size=1)
    await nowhere.open()
    away = Writer(pool=nowhere, decider=DECIDER, committed=lambda: None)
    running = asyncio.create_task(away.run())
    ask = say()
    with pytest.raises(StoreAwayError):
        await away.ask(ask)
    assert await events_of(pool, ask.subject) == []
    await away.stop()
    await running
    await nowhere.close()


async def test_a_connection_that_breaks_is_replaced_and_its_commands_are_decided_once(
    writer: ToyWriter, pool: Pool
) -> None:
    first = say()
    await writer.ask(first)
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM ticket WHERE ticket_id = %s FOR UPDATE", (first.subject,))
        cut = [asyncio.create_task(writer.ask(say(subject=first.subject))) for _ in range(3)]
        while not await rows_of(pool, BREAK_WHO_WAITS):
            await asyncio.sleep(0.01)
    answers = await asyncio.gather(*cut)
    assert sorted(answer.body[:2] for answer in answers) == [b"2 ", b"3 ", b"4 "]
    assert len(await events_of(pool, first.subject)) == 4


async def test_the_queue_is_bounded(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_QUEUE", 3)
    idle = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    waiting = [asyncio.create_task(idle.ask(say())) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await idle.ask(say())
    await idle.stop()
    await idle.run()
    assert [(await task).status for task in waiting] == [201] * 3


async def test_stopping_takes_nothing_more_and_finishes_what_waits(pool: Pool) -> None:
    writer = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    waiting = asyncio.create_task(writer.ask(say()))
    await asyncio.sleep(0)
    await writer.stop()
    with pytest.raises(BusyError):
        await writer.ask(say())
    await writer.run()
    assert (await waiting).status == 201
