"""The checker itself: a true history passes, and each seeded lie is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from tests.e2e.checker.fold import Tickets
from tests.e2e.checker.history import History, Said
from tests.e2e.checker.log import Line
from tests.e2e.checker.verdict import check_history, check_meaning, check_order, check_rows

A, B = "0" * 8 + "-0000-4000-8000-" + "a" * 12, "0" * 8 + "-0000-4000-8000-" + "b" * 12


def line(ticket: str, sequence: int, offset: int, event_id: str = "") -> Line:
    """A record of the log."""
    headers = {
        "ce_subject": ticket,
        "ce_source": "/phieu/intake",
        "ce_sequence": str(sequence),
        "ce_id": event_id or f"{ticket}-{sequence}",
    }
    return Line("ticket-events.x", 0, offset, ticket.encode(), b"{}", headers)


def a_true_log() -> list[Line]:
    """Two tickets, each with a message, and one record delivered twice."""
    return [line(A, 1, 0), line(B, 1, 1), line(A, 2, 2), line(A, 2, 3), line(B, 2, 4)]


def a_true_state() -> Tickets:
    """What that log says."""
    return {
        ticket: {"sequence": 2, "number": number, "brand": "x", "erased": False, "messages": {1: first, 2: second}}
        for ticket, number, first, second in (
            (A, "1", "token-a1", "token-a2"),
            (B, "2", "token-b1", "token-b2"),
        )
    }


def a_true_history() -> History:
    """What the two customers did."""
    return History(
        [
            Said(kind="ticket" if n == 1 else "message", token=f"token-{name}{n}", key=f"{name}{n}", outcome="ok",
                 ticket_id=ticket, sequence=n)
            for name, ticket in (("a", A), ("b", B))
            for n in (1, 2)
        ]
    )  # fmt: skip


def test_a_true_history_passes() -> None:
    state = a_true_state()
    assert check_history(a_true_history(), state) == []
    assert check_order(a_true_log()) == []
    assert check_rows(state, copy.deepcopy(state)) == []
    assert check_meaning(a_true_history(), 4) == []


def dropped(log: list[Line]) -> list[Line]:
    return [one for one in log if one.place[2] != 1 or one.subject != A]


def doubled_under_another_id(log: list[Line]) -> list[Line]:
    return [*log, line(A, 2, 5, "another")]


def swapped(log: list[Line]) -> list[Line]:
    return [log[2], log[1], log[0], *log[3:]]


def moved(log: list[Line]) -> list[Line]:
    return [*log[:4], line(A, 4, 4)]


@pytest.mark.parametrize("lie", [dropped, doubled_under_another_id, swapped, moved])
def test_a_log_with_one_event_wrong_is_refused(lie: Callable[[list[Line]], list[Line]]) -> None:
    assert check_order(lie(a_true_log()))


def lost(state: Tickets) -> None:
    del state[A]["messages"][2]


def twice(state: Tickets) -> None:
    state[A]["messages"][3] = "token-a2"


def in_the_wrong_ticket(state: Tickets) -> None:
    state[B]["messages"][3] = state[A]["messages"].pop(2)


def invented(state: Tickets) -> None:
    state[A]["messages"][3] = "token-nobody"


@pytest.mark.parametrize("lie", [lost, twice, in_the_wrong_ticket, invented])
def test_a_state_that_differs_from_what_was_told_is_refused(lie: Callable[[Tickets], None]) -> None:
    state = a_true_state()
    lie(state)
    assert check_history(a_true_history(), state)
    assert check_rows(a_true_state(), state)


def test_a_refused_write_that_is_there_is_refused() -> None:
    history = a_true_history()
    history.said[0].outcome = "refused"
    assert check_history(history, a_true_state())


def test_an_unsettled_write_is_refused() -> None:
    history = a_true_history()
    history.said[0].outcome = "unknown"
    assert check_history(history, a_true_state())


def renumbered(state: Tickets) -> None:
    state[A]["number"] = "9"


def without_a_row(state: Tickets) -> None:
    del state[A]


def with_a_row_too_many(state: Tickets) -> None:
    state["another"] = state[A]


@pytest.mark.parametrize("lie", [renumbered, without_a_row, with_a_row_too_many])
def test_rows_that_differ_from_the_fold_are_refused(lie: Callable[[Tickets], None]) -> None:
    rows = a_true_state()
    lie(rows)
    assert check_rows(a_true_state(), rows)


def test_a_run_in_which_little_succeeded_is_void() -> None:
    assert check_meaning(a_true_history(), 5)
