"""The read path on a real database: a batch becomes rows and a position together, or nothing of it happened."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import pytest_asyncio

from phieu_schemas.codec import encode
from phieu_schemas.testing import again
from services.runtime.delivery import Delivered
from services.runtime.errors import FencedError
from services.runtime.postgres import Connection, Pool
from services.runtime.reader import MAX_IN_A_ROW, TooManyParkedError
from tests.integration.runtime.records import Partition, event, new_ticket, reader_of
from tests.integration.runtime.toy import Notes, notes_of, parked_of, rows_of


@pytest_asyncio.fixture
async def partition(pool: Pool, brand: str) -> Partition:
    return await Partition(pool, brand).begun()


@pytest.fixture
def notes() -> Notes:
    return Notes()


async def test_rows_and_position_move_together(pool: Pool, partition: Partition, notes: Notes) -> None:
    ticket = new_ticket()
    partition.story(ticket, 1, 2, 3)
    await partition.read_by(reader_of(pool, notes))
    assert (await notes_of(pool, ticket), await partition.checkpoint()) == ([1, 2, 3], 3)


async def test_who_expects_another_position_writes_nothing(pool: Pool, partition: Partition, notes: Notes) -> None:
    """As one that was frozen while its partition moved on, and wakes with its batch in hand."""
    ticket = new_ticket()
    partition.story(ticket, 1, 2)
    await partition.read_by(reader_of(pool, notes))
    zombie = reader_of(pool, notes)
    late = Partition(pool, partition.brand)
    late.story(ticket, 1, 2)
    late.story(new_ticket(), 1)
    with pytest.raises(FencedError):
        await late.read_by(zombie)
    assert (await partition.checkpoint(), await notes_of(pool, late.raws[2].key.decode())) == (2, [])  # type: ignore[union-attr]  # it has one


async def test_one_stale_partition_fences_the_whole_batch(pool: Pool, brand: str, notes: Notes) -> None:
    good, stale = await Partition(pool, brand).begun(), await Partition(pool, f"{brand}x").begun()
    ticket = new_ticket()
    good.story(ticket, 1)
    stale.story(new_ticket(), 1)
    await rows_of(pool, "UPDATE checkpoint SET next_offset = 9 WHERE topic = %s RETURNING 1", stale.place.topic)
    batch = {good.place: good.raws, stale.place: stale.raws}
    with pytest.raises(FencedError):
        await reader_of(pool, notes).take(batch, dict.fromkeys(batch, 0))
    assert (await notes_of(pool, ticket), await good.checkpoint()) == ([], 0)


async def test_what_comes_twice_changes_nothing(pool: Pool, partition: Partition, notes: Notes) -> None:
    ticket = new_ticket()
    partition.story(ticket, 1, 1, 2, 1)
    reader = reader_of(pool, notes)
    await partition.read_by(reader)
    partition.story(ticket, 1, 2, 3, 3)
    await partition.read_by(reader)
    assert (await notes_of(pool, ticket), await partition.checkpoint()) == ([1, 2, 3], 8)


async def test_a_gap_parks_and_closes(pool: Pool, partition: Partition, notes: Notes) -> None:
    ticket, reader = new_ticket(), reader_of(pool, notes)
    partition.story(ticket, 1, 4, 3)
    await partition.read_by(reader)
    assert (await notes_of(pool, ticket), await parked_of(pool, ticket)) == ([1], {3: "gap", 4: "gap"})
    partition.story(ticket, 2)
    await partition.read_by(reader)
    assert (await notes_of(pool, ticket), await parked_of(pool, ticket)) == ([1, 2, 3, 4], {})


async def test_an_unknown_type_is_passed_over_and_takes_its_place(
    pool: Pool, partition: Partition, notes: Notes
) -> None:
    ticket = new_ticket()
    partition.story(ticket, 1)
    partition.put_unknown(ticket, 2)
    partition.story(ticket, 3)
    await partition.read_by(reader_of(pool, notes))
    assert (await notes_of(pool, ticket), await parked_of(pool, ticket)) == ([1, 3], {})


async def test_a_fold_that_raises_parks_its_ticket_only(pool: Pool, partition: Partition, notes: Notes) -> None:
    ticket, other = new_ticket(), new_ticket()
    notes.faulty = frozenset({(ticket, 2)})
    partition.story(ticket, 1, 2, 3)
    partition.story(other, 1, 2, 3)
    await partition.read_by(reader_of(pool, notes))
    assert (await notes_of(pool, ticket), await notes_of(pool, other)) == ([1], [1, 2, 3])
    assert await parked_of(pool, ticket) == {2: "fold-failed", 3: "behind"}
    assert await partition.checkpoint() == 6


async def test_a_fold_that_raises_over_a_batch_but_not_over_its_events_is_believed(
    pool: Pool, partition: Partition
) -> None:
    class OneByOne(Notes):
        async def apply(self, connection: Connection, events: Sequence[Delivered]) -> None:
            await super().apply(connection, events)
            if len(events) > 1:
                raise ZeroDivisionError

    ticket = new_ticket()
    partition.story(ticket, 1, 2)
    await partition.read_by(reader_of(pool, OneByOne()))
    assert (await notes_of(pool, ticket), await parked_of(pool, ticket)) == ([1, 2], {})


async def test_what_waited_and_then_cannot_be_folded_lets_through_what_came_before(
    pool: Pool, partition: Partition, notes: Notes
) -> None:
    ticket, reader = new_ticket(), reader_of(pool, notes)
    notes.faulty = frozenset({(ticket, 3)})
    partition.story(ticket, 1, 3)
    await partition.read_by(reader)
    partition.story(ticket, 2, 4)
    await partition.read_by(reader)
    assert await notes_of(pool, ticket) == [1, 2]
    assert await parked_of(pool, ticket) == {3: "fold-failed", 4: "behind"}


async def test_facts_ahead_hold_the_partition_until_they_are_folded(
    pool: Pool, partition: Partition, notes: Notes
) -> None:
    ticket, other = new_ticket(), new_ticket()
    partition.story(ticket, 1)
    partition.put(again(event(ticket, 2, partition.brand), facts=2))
    partition.story(other, 1)
    taken = await partition.read_by(reader_of(pool, notes))
    assert (taken.waits, await partition.checkpoint()) == ({partition.place: "facts"}, 1)
    assert (await notes_of(pool, ticket), await notes_of(pool, other)) == ([1], [])
    await partition.read_by(reader_of(pool, notes, facts=2))
    assert (await notes_of(pool, ticket), await notes_of(pool, other)) == ([1, 2], [1])


async def test_what_cannot_be_read_waits_for_no_facts(pool: Pool, partition: Partition, notes: Notes) -> None:
    """What a foreign hand wrote may claim facts that will never be: the partition would wait for ever."""
    ticket, other = new_ticket(), new_ticket()
    far = encode(*again(event(ticket, 1, partition.brand), facts=10**9))
    partition.put_raw(far.key, b"{", far.headers)
    partition.story(other, 1)
    await partition.read_by(reader_of(pool, notes))
    assert (await partition.checkpoint(), await notes_of(pool, other)) == (2, [1])


async def test_too_many_in_a_row_stop_the_partition_before_it_is_drained(
    pool: Pool, partition: Partition, notes: Notes
) -> None:
    reader = reader_of(pool, notes)
    tickets = [new_ticket() for _ in range(MAX_IN_A_ROW + 1)]
    for ticket in tickets:
        partition.put_unread(ticket, 1)
        partition.put_unread(ticket, 2)
    with pytest.raises(TooManyParkedError):
        await partition.read_by(reader)
    assert (await partition.checkpoint(), await parked_of(pool, tickets[0])) == (0, {})


async def test_a_batch_that_was_rolled_back_counts_once(pool: Pool, partition: Partition, notes: Notes) -> None:
    reader = reader_of(pool, notes)
    for _ in range(MAX_IN_A_ROW):
        partition.put_unread(new_ticket(), 1)
    await rows_of(pool, "UPDATE checkpoint SET next_offset = 7 WHERE topic = %s RETURNING 1", partition.place.topic)
    with pytest.raises(FencedError):
        await partition.read_by(reader)
    await rows_of(pool, "UPDATE checkpoint SET next_offset = 0 WHERE topic = %s RETURNING 1", partition.place.topic)
    await partition.read_by(reader)
    assert await partition.checkpoint() == MAX_IN_A_ROW


async def test_one_good_record_between_starts_the_count_again(pool: Pool, partition: Partition, notes: Notes) -> None:
    for _ in range(MAX_IN_A_ROW):
        partition.put_unread(new_ticket(), 1)
    partition.story(new_ticket(), 1)
    partition.put_unread(new_ticket(), 1)
    await partition.read_by(reader_of(pool, notes))
    assert await partition.checkpoint() == MAX_IN_A_ROW + 2
