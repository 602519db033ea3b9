"""Sorting out a batch: what is applied, what is dropped, what is parked and what it holds up."""

from __future__ import annotations

import pytest

from phieu_schemas.testing import TICKET
from services.runtime.inbox import BEHIND, FOLD_FAILED, GAP, sort_out
from tests.unit.runtime.items import applied, item, parked, sequence_of, stuck, unknown, unreadable, waiting

OTHER = "11111111-1111-4111-8111-111111111111"
INTAKE = (TICKET, "intake")


def test_events_are_applied_one_after_the_other() -> None:
    plan = sort_out([item(1), item(2), item(3)], {}, [])
    assert (applied(plan), plan.park, plan.seen) == ([1, 2, 3], [], {INTAKE: 3})


def test_what_was_seen_is_dropped() -> None:
    plan = sort_out([item(1), item(2), item(3)], {INTAKE: 2}, [])
    assert (applied(plan), plan.duplicates) == ([3], 2)


def test_the_same_twice_in_one_batch_is_applied_once() -> None:
    plan = sort_out([item(1), item(1), item(2), item(1)], {}, [])
    assert (applied(plan), plan.duplicates) == ([1, 2], 2)


def test_an_early_one_waits_for_its_gap() -> None:
    plan = sort_out([item(1), item(3)], {}, [])
    assert (applied(plan), parked(plan), plan.seen) == ([1], {3: GAP}, {INTAKE: 1})


def test_a_gap_that_closes_in_the_batch_parks_nothing() -> None:
    plan = sort_out([item(3), item(2), item(1)], {}, [])
    assert (applied(plan), plan.park, plan.unpark) == ([1, 2, 3], [], [])


def test_a_gap_that_closes_later_releases_what_waited() -> None:
    plan = sort_out([item(1)], {}, [waiting(3), waiting(2)])
    assert (applied(plan), [sequence_of(one) for one in plan.unpark]) == ([1, 2, 3], [2, 3])


def test_a_gap_that_stays_open_leaves_what_waits_alone() -> None:
    plan = sort_out([item(1)], {}, [waiting(3)])
    assert (applied(plan), plan.park, plan.unpark) == ([1], [], [])


def test_a_copy_of_what_waits_is_a_duplicate() -> None:
    plan = sort_out([item(3), item(3)], {INTAKE: 1}, [waiting(4)])
    assert (parked(plan), plan.duplicates) == ({3: GAP}, 1)
    assert sort_out([item(4)], {INTAKE: 1}, [waiting(4)]).duplicates == 1


def test_an_unknown_type_takes_its_place_and_changes_nothing() -> None:
    plan = sort_out([item(1), unknown(2), item(3)], {}, [])
    assert (applied(plan), plan.unknown, plan.seen) == ([1, 3], 1, {INTAKE: 3})


def test_nothing_overtakes_what_cannot_be_read() -> None:
    plan = sort_out([item(1), unreadable(2), item(3), item(4)], {}, [])
    assert (applied(plan), parked(plan)) == ([1], {2: "not-json", 3: BEHIND, 4: BEHIND})


def test_nothing_overtakes_what_was_parked_before() -> None:
    plan = sort_out([item(3)], {INTAKE: 1}, [stuck(2)])
    assert (applied(plan), parked(plan)) == ([], {3: BEHIND})


def test_other_tickets_go_on() -> None:
    plan = sort_out([unreadable(1), item(1, OTHER), item(2), item(2, OTHER)], {}, [])
    assert [(event.envelope.subject, event.envelope.sequence) for event in plan.apply] == [(OTHER, 1), (OTHER, 2)]


@pytest.mark.parametrize("cause", [FOLD_FAILED, "key-unknown", "personal-not-opened"])
def test_a_sound_record_of_a_faulty_event_waits_for_its_gap_first(cause: str) -> None:
    """Else what comes before it could never be applied, not even by hand: it came first and would stand in the way."""
    early = sort_out([item(3, cause=cause)], {INTAKE: 1}, [])
    assert parked(early) == {3: GAP}
    closed = sort_out([item(3, cause=cause), item(2)], {INTAKE: 1}, [])
    assert (applied(closed), parked(closed)) == ([2], {3: cause})


def test_what_waited_and_turns_out_faulty_stays_parked_under_its_cause() -> None:
    faulty = waiting(3)
    faulty.cause = FOLD_FAILED
    plan = sort_out([item(2), item(4)], {INTAKE: 1}, [faulty])
    assert (applied(plan), parked(plan), plan.unpark) == ([2], {3: FOLD_FAILED, 4: BEHIND}, [])


def test_a_record_that_belongs_to_nobody_holds_up_nobody() -> None:
    nameless = unreadable(1)
    nameless.envelope = None
    nameless.raw = nameless.raw._replace(key=None)
    plan = sort_out([nameless, item(1)], {}, [])
    assert (applied(plan), [cause for _, cause in plan.park]) == ([1], ["not-json"])
