"""A member of a group on a real broker: whatever happens to its partitions, each event is applied once, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from types import SimpleNamespace

import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from phieu_schemas.codec import Recorded, encode
from phieu_schemas.testing import again, policy_activated
from services.runtime.delivery import Delivered, Place
from services.runtime.postgres import Connection, Pool
from services.runtime.reader import MAX_IN_A_ROW
from services.runtime.redrive import go_on, rebuild
from tests.integration.runtime.log import make_topics, pen, until, write
from tests.integration.runtime.member import SESSION_SECONDS, Member, reading
from tests.integration.runtime.records import event, new_ticket
from tests.integration.runtime.toy import TABLES, Notes, notes_of, parked_of, rows_of

NOTES = "SELECT subject, source, sequence FROM note WHERE subject = ANY (%s) ORDER BY subject, place"


@pytest_asyncio.fixture
async def live(kafka: str, brand: str) -> str:
    """A brand with its topics and its first facts."""
    await make_topics(kafka, brand)
    await write(kafka, policy_activated(brand), prefix="brand-facts")
    return brand


def story(brand: str, ticket: str, *sequences: int) -> list[Recorded]:
    return [event(ticket, sequence, brand) for sequence in sequences or (1,)]


def applied(pool: Pool, *stories: tuple[str, list[int]]) -> Callable[[], Awaitable[bool]]:
    """Whether each of these tickets has come this far."""

    async def all_are() -> bool:
        return [await notes_of(pool, ticket) for ticket, _ in stories] == [row for _, row in stories]

    return all_are


async def test_what_is_published_is_applied(kafka: str, pool: Pool, live: str) -> None:
    tickets = [new_ticket() for _ in range(10)]
    await write(kafka, *chain.from_iterable(story(live, ticket, 1, 2, 3) for ticket in tickets))
    async with reading(pool, kafka, live) as member:
        assert not await member.joined()
        await until(applied(pool, *((ticket, [1, 2, 3]) for ticket in tickets)))
        await until(member.joined)
        late = new_ticket()
        await write(kafka, *story(live, late, 1, 2))
        await until(applied(pool, (late, [1, 2])))


async def test_a_start_goes_on_where_the_last_one_ended(kafka: str, pool: Pool, live: str) -> None:
    ticket = new_ticket()
    await write(kafka, *story(live, ticket, 1, 2))
    async with reading(pool, kafka, live):
        await until(applied(pool, (ticket, [1, 2])))
    await write(kafka, *story(live, ticket, 3))
    async with reading(pool, kafka, live):
        await until(applied(pool, (ticket, [1, 2, 3])))


async def test_an_event_waits_for_the_facts_that_it_was_decided_with(kafka: str, pool: Pool, live: str) -> None:
    ticket = new_ticket()
    await write(kafka, *story(live, ticket, 1), again(event(ticket, 2, live), facts=2), *story(live, ticket, 3))
    async with reading(pool, kafka, live) as member:
        await until(applied(pool, (ticket, [1])))
        await asyncio.sleep(0.3)
        assert (await notes_of(pool, ticket), await member.consumer.ready()) == ([1], "is catching up")
        await write(kafka, policy_activated(live, sequence=2, version=f"{live}-2"), prefix="brand-facts")
        await until(applied(pool, (ticket, [1, 2, 3])))


async def test_a_new_brand_is_found_without_a_restart(kafka: str, pool: Pool, live: str) -> None:
    async with reading(pool, kafka, live) as member:
        await until(member.joined)
        new, ticket = f"{live}-new", new_ticket()
        await make_topics(kafka, new)
        await write(kafka, policy_activated(new), prefix="brand-facts")
        await write(kafka, *story(new, ticket, 1, 2))
        await until(applied(pool, (ticket, [1, 2])))


async def test_poison_on_the_real_log_parks_and_the_rest_goes_on(kafka: str, pool: Pool, live: str) -> None:
    ticket, other = new_ticket(), new_ticket()
    spoiled = encode(*event(ticket, 2, live))
    topic = f"ticket-events.{live}"
    await write(kafka, *story(live, ticket, 1))
    async with pen(kafka) as producer:
        await producer.send_and_wait(topic, b"{", key=spoiled.key, headers=spoiled.headers)
        await producer.send_and_wait(topic, None, key=spoiled.key, headers=[("x", None), ("ce_id", b"\xff")])
        await producer.send_and_wait(topic, b"{}", key=None, headers=[("reply_to", b"me"), ("correlation_id", b"\xfe")])
    await write(kafka, *story(live, ticket, 3), *story(live, other, 1, 2))
    async with reading(pool, kafka, live) as member:
        await until(applied(pool, (ticket, [1]), (other, [1, 2])))
        await until(member.joined)
    assert {cause for _, cause in (await parked_of(pool, ticket)).items()} >= {"behind"}
    causes = await rows_of(pool, "SELECT cause FROM parked WHERE topic = %s", topic)
    assert sorted(row[0] for row in causes) == ["bad-headers", "behind", "behind", "not-json"]


async def test_too_many_in_a_row_stop_their_partition_until_it_is_told_to_go_on(
    kafka: str, pool: Pool, live: str
) -> None:
    other = new_ticket()
    async with pen(kafka) as producer:
        for _ in range(MAX_IN_A_ROW + 1):
            await producer.send(f"ticket-events.{live}", b"{", partition=0)
    async with reading(pool, kafka, live) as member:
        await write(kafka, *story(live, other, 1, 2), partition=1)
        await until(applied(pool, (other, [1, 2])))
        stands = Place(f"ticket-events.{live}", 0)

        async def stopped() -> bool:
            return member.consumer.idle.get(stands, ("", 0))[0] == "stopped"

        await until(stopped)
        assert await member.consumer.ready() is not None
        assert await rows_of(pool, "SELECT FROM parked WHERE topic = %s", stands.topic) == []
        behind = new_ticket()
        await write(kafka, *story(live, behind, 1), partition=0)
        assert await go_on(pool, f"{stands.topic}/0") != []
        await until(applied(pool, (behind, [1])))
        assert len(await rows_of(pool, "SELECT FROM parked WHERE topic = %s", stands.topic)) == MAX_IN_A_ROW + 1
        await until(member.joined)


async def test_a_batch_that_was_fetched_before_a_seek_is_dropped(kafka: str, pool: Pool, live: str) -> None:
    """Records from beyond the position would move the checkpoint over those between: lost for ever."""
    first, between, beyond = new_ticket(), new_ticket(), new_ticket()
    place = Place(f"ticket-events.{live}", 0)
    async with reading(pool, kafka, live) as member:
        await write(kafka, *story(live, first, 1, 2), partition=0)
        await until(applied(pool, (first, [1, 2])))
        member.consumer.client.pause(TopicPartition(*place))
        await write(kafka, *story(live, between, 1, 2), *story(live, beyond, 1), partition=0)
        await member.consumer.on_batch(_fetched(place, 4, story(live, beyond, 1)))
        assert (await notes_of(pool, beyond), member.consumer.next[place]) == ([], 2)
        member.consumer.client.resume(TopicPartition(*place))
        await until(applied(pool, (between, [1, 2]), (beyond, [1])))


def _fetched(place: Place, offset: int, events: Sequence[Recorded]) -> list[SimpleNamespace]:
    """Records as the client library gives them."""
    records = [encode(one.envelope, one.fact) for one in events]
    at = {"topic": place.topic, "partition": place.partition}
    return [SimpleNamespace(**at, offset=offset + n, **record._asdict()) for n, record in enumerate(records)]


async def test_a_batch_that_cannot_even_be_looked_at_is_fetched_again(
    kafka: str, pool: Pool, live: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = new_ticket()
    async with reading(pool, kafka, live) as member:
        await until(member.joined)
        looked: list[Place] = []
        whole = member.consumer._is_current

        async def once_broken(place: Place, last: int) -> bool:
            looked.append(place)
            if len(looked) == 1:
                raise KafkaError
            return await whole(place, last)

        monkeypatch.setattr(member.consumer, "_is_current", once_broken)
        await write(kafka, *story(live, ticket, 1, 2, 3))
        await until(applied(pool, (ticket, [1, 2, 3])))


async def test_members_that_come_and_go_apply_everything_once_and_in_order(kafka: str, pool: Pool, live: str) -> None:
    tickets = [new_ticket() for _ in range(40)]
    whole = [(ticket, [1, 2, 3, 4]) for ticket in tickets]

    async def publish(sequence: int) -> None:
        await write(kafka, *chain.from_iterable(story(live, ticket, sequence) for ticket in tickets))

    async with reading(pool, kafka, live):
        await publish(1)
        async with reading(pool, kafka, live) as second:
            await publish(2)

            async def shared() -> bool:
                return second.owned > 0

            await until(shared)
            await publish(3)
        await publish(4)
        await until(applied(pool, *whole))
    rows = await rows_of(pool, NOTES, tickets)
    assert len(rows) == len(set(rows)) == 160


async def test_who_stops_leaves_at_once_and_the_other_takes_over(kafka: str, pool: Pool, live: str) -> None:
    async with reading(pool, kafka, live) as stays:
        leaves = Member(pool, kafka, live, Notes())
        leaves.start()

        async def shared() -> bool:
            return leaves.owned > 0 and stays.owned > 0

        await until(shared)
        clock = asyncio.get_running_loop().time
        began = clock()
        await leaves.stop()
        tickets = [new_ticket() for _ in range(20)]
        await write(kafka, *chain.from_iterable(story(live, ticket, 1) for ticket in tickets))
        await until(applied(pool, *((ticket, [1]) for ticket in tickets)))
        assert clock() - began < SESSION_SECONDS


async def test_stopping_finishes_the_batch_in_hand(kafka: str, pool: Pool, live: str) -> None:
    class Slow(Notes):
        begun = asyncio.Event()

        async def apply(self, connection: Connection, events: Sequence[Delivered]) -> None:
            if any(one.envelope.subject == ticket for one in events):
                self.begun.set()
                await asyncio.sleep(1)
            await super().apply(connection, events)

    ticket, slow = new_ticket(), Slow()
    async with reading(pool, kafka, live, slow) as member:
        await until(member.joined)
        await write(kafka, *story(live, ticket, 1))
        await asyncio.wait_for(slow.begun.wait(), 10)
    assert await notes_of(pool, ticket) == [1]


async def test_a_rebuild_folds_again_while_the_service_runs_and_all_is_quiet(kafka: str, pool: Pool, live: str) -> None:
    tickets = [new_ticket() for _ in range(5)]
    await write(kafka, *chain.from_iterable(story(live, ticket, 1, 2) for ticket in tickets))
    async with reading(pool, kafka, live) as member:
        await until(applied(pool, *((ticket, [1, 2]) for ticket in tickets)))
        await until(member.joined)
        before = await rows_of(pool, NOTES, tickets)
        await rebuild(pool, TABLES)
        await until(applied(pool, *((ticket, [1, 2]) for ticket in tickets)))
        assert await rows_of(pool, NOTES, tickets) == before
        facts = await rows_of(pool, "SELECT sequence FROM brand_fact WHERE brand = %s", live)
        assert facts == [(1,)]


async def test_a_partition_without_a_leader_keeps_only_itself_waiting(
    kafka: str, pool: Pool, live: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, sound = new_ticket(), new_ticket()
    async with reading(pool, kafka, live) as member:
        await until(member.joined)
        consumer, leaderless = member.consumer, TopicPartition(f"ticket-events.{live}", 0)
        ask = consumer.client.end_offsets

        async def end_offsets(places: list[TopicPartition]) -> object:
            if leaderless in places:
                await asyncio.Event().wait()
            return await ask(places)

        monkeypatch.setattr(consumer.client, "end_offsets", end_offsets)
        consumer.rest(list(consumer.next), "position")
        assert await consumer.ready() == "is taking up its partitions"
        await write(kafka, *story(live, lost, 1), partition=0)
        await write(kafka, *story(live, sound, 1, 2), partition=1)
        await until(applied(pool, (sound, [1, 2])))
        assert await notes_of(pool, lost) == []
        monkeypatch.setattr(consumer.client, "end_offsets", ask)
        await until(applied(pool, (lost, [1])))


async def test_a_checkpoint_beyond_the_end_stops_its_partition_and_no_other(
    kafka: str, pool: Pool, live: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The topic was made anew, or its end was lost: to read on would pass over whatever comes next."""
    sound, topic = new_ticket(), f"ticket-events.{live}"
    insert = "INSERT INTO checkpoint (topic, partition, next_offset) VALUES (%s, 0, 1000) RETURNING 1"
    await rows_of(pool, insert, topic)
    async with reading(pool, kafka, live) as member:
        await write(kafka, *story(live, sound, 1), partition=1)
        await until(applied(pool, (sound, [1])))

        async def stands() -> bool:
            return await member.consumer.ready() == "1 partitions stand: the log says why"

        await until(stands)
    assert "a checkpoint lies beyond the end of its topic" in caplog.messages
