"""Halves down to the row at fault, and back to full batches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.pace import Pace


def relayed(rows: list[int], guilty: set[int], most: int) -> tuple[list[int], set[int], list[int]]:
    """What a broker that refuses the guilty rows gets, what is held, and the size of each batch."""
    pace, left, sent, held, sizes = Pace(most), list(rows), list[int](), set[int](), list[int]()
    while left:
        batch = left[: pace.rows]
        sizes.append(len(batch))
        if guilty.isdisjoint(batch):
            sent += batch
            left = left[len(batch) :]
            pace.succeeded()
        elif (one := pace.failed(batch, refused=True)) is not None:
            held.add(one)
            left.remove(one)
    return sent, held, sizes


@given(st.sets(st.integers(0, 199), max_size=20), st.integers(1, 64))
def test_exactly_the_guilty_rows_are_held_and_all_others_are_sent_in_order(guilty: set[int], most: int) -> None:
    rows = list(range(200))
    sent, held, sizes = relayed(rows, guilty, most)
    assert (sent, held) == ([row for row in rows if row not in guilty], guilty)
    assert max(sizes) <= most


@given(st.integers(0, 999))
def test_one_guilty_row_costs_few_batches_wherever_it_stands(guilty: int) -> None:
    _, _, sizes = relayed(list(range(1_000)), {guilty}, most=1_000)
    assert len(sizes) <= 40


def test_after_a_failure_half_is_tried_and_after_each_success_twice_as_much() -> None:
    pace, seen = Pace(1_000), list[int]()
    for size in (1_000, 500):
        pace.failed(range(size), refused=False)
        seen.append(pace.rows)
    for _ in range(4):
        pace.succeeded()
        seen.append(pace.rows)
    assert seen == [500, 250, 500, 1_000, 1_000, 1_000]


def test_a_small_batch_that_fails_is_halved_by_what_it_was() -> None:
    pace = Pace(1_000)
    pace.failed([1, 2, 3, 4], refused=True)
    assert pace.rows == 2


def test_what_was_refused_among_others_or_once_is_not_at_fault_yet() -> None:
    pace = Pace(8)
    answers = [pace.failed(ids, refused=True) for ids in ([1, 2], [1, 2], [1], [2], [1], [1])]
    assert answers == [None, None, None, None, None, 1]


def test_what_fails_for_other_reasons_is_never_at_fault() -> None:
    pace = Pace(8)
    answers = [pace.failed([1], refused=refused) for refused in (False, False, True, False, False)]
    assert answers == [None] * 5
