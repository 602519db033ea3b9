"""The checker itself: a log, a table or a position with one thing wrong is found by the very same judgement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.e2e.checker.evidence import Evidence
from tests.e2e.checker.fold import Ticket
from tests.e2e.checker.log import Line
from tests.e2e.checker.scene import TOPIC, A, B, C, a_true_evidence, a_true_history, a_true_log, line, token
from tests.e2e.checker.verdict import judge

Log = list[Line]


def judged(evidence: Evidence) -> list[str]:
    """The verdict, as the faults ask for it."""
    return judge(a_true_history(), evidence, made_up=(), at_least=1)


def dropped(log: Log) -> Log:
    return [one for one in log if one.place[2] != 1 or one.subject != A]


def doubled_under_another_id(log: Log) -> Log:
    return [*log, log[2]._replace(offset=5, headers=log[2].headers | {"ce_id": "another"})]


def doubled_with_another_value(log: Log) -> Log:
    return [*log, log[2]._replace(offset=5, value=b"{}")]


def swapped(log: Log) -> Log:
    return [log[2], log[1], log[0], *log[3:]]


def moved_up(log: Log) -> Log:
    return [*log[:4], line(A, 4, token("b", 2), 4)]


def moved_to_another_partition(log: Log) -> Log:
    return [*log[:4], log[4]._replace(partition=1)]


LIES_IN_THE_LOG: dict[Callable[[Log], Log], str] = {
    dropped: "out of order",
    doubled_under_another_id: "two events in one place",
    doubled_with_another_value: "two events in one place",
    swapped: "out of order",
    moved_up: "out of order",
    moved_to_another_partition: "in two partitions",
}


@pytest.mark.parametrize("lie", LIES_IN_THE_LOG)
def test_a_log_with_one_event_wrong_is_found(lie: Callable[[Log], Log]) -> None:
    evidence = a_true_evidence()
    evidence.lines = lie(a_true_log())
    assert LIES_IN_THE_LOG[lie] in str(judged(evidence))


def lost(ticket: Ticket) -> None:
    del ticket["messages"][2]


def twice(ticket: Ticket) -> None:
    ticket["messages"][3] = ticket["messages"][2]


def renumbered(ticket: Ticket) -> None:
    ticket["number"] = "9"


def by_another_channel(ticket: Ticket) -> None:
    ticket["channel"] = "another"


def by_another_form(ticket: Ticket) -> None:
    ticket["form"] = "another"


def with_other_fields(ticket: Ticket) -> None:
    ticket["fields"] = {"name": "Ai đó"}


def received_later(ticket: Ticket) -> None:
    ticket["received_at"] += timedelta(microseconds=1)


def without_its_file(ticket: Ticket) -> None:
    ticket["messages"][1]["files"] = []


def with_a_file_renamed(ticket: Ticket) -> None:
    ticket["messages"][1]["files"] = [("file", 3, "text/plain", "")]


def with_a_line_missing_in_its_timeline(ticket: Ticket) -> None:
    ticket["timeline"].pop()


def with_another_sequence(ticket: Ticket) -> None:
    ticket["sequences"]["intake"] = 1


@pytest.mark.parametrize(
    "lie",
    [
        lost,
        twice,
        renumbered,
        by_another_channel,
        by_another_form,
        with_other_fields,
        received_later,
        without_its_file,
        with_a_file_renamed,
        with_a_line_missing_in_its_timeline,
        with_another_sequence,
    ],
)
def test_rows_that_differ_from_the_fold_are_found(lie: Callable[[Ticket], None]) -> None:
    evidence = a_true_evidence()
    lie(evidence.rows[A])
    assert f"{A} differs in" in str(judged(evidence))


def a_row_is_missing(evidence: Evidence) -> None:
    del evidence.rows[A]


def a_row_is_too_many(evidence: Evidence) -> None:
    evidence.rows[C] = evidence.rows[A]


def a_message_is_in_the_wrong_ticket(evidence: Evidence) -> None:
    evidence.rows[B]["messages"][3] = evidence.rows[A]["messages"].pop(2)


def intake_lacks_an_event(evidence: Evidence) -> None:
    del evidence.stored[A, 2]


def intake_has_one_that_was_never_published(evidence: Evidence) -> None:
    evidence.stored[C, 1] = evidence.stored[A, 1]


def intake_has_it_under_another_id(evidence: Evidence) -> None:
    evidence.stored[A, 1] = ("another", *evidence.stored[A, 1][1:])


def intake_has_it_with_other_data(evidence: Evidence) -> None:
    evidence.stored[A, 1] = (*evidence.stored[A, 1][:2], b"{}")


def something_is_in_the_outbox(evidence: Evidence) -> None:
    evidence.position.outbox = [(A, 2)]


def something_is_parked(evidence: Evidence) -> None:
    evidence.position.parked = [(A, "fold-failed")]


def something_without_a_name_is_parked(evidence: Evidence) -> None:
    evidence.position.parked = [("", "bad-headers")]


def query_is_behind(evidence: Evidence) -> None:
    evidence.position.checkpoints = {(TOPIC, 0): 3}


LIES_BETWEEN_THEM: dict[Callable[[Evidence], None], str] = {
    a_row_is_missing: "not in the tables",
    a_row_is_too_many: "only in the tables",
    a_message_is_in_the_wrong_ticket: "differs in messages",
    intake_lacks_an_event: "in the log, and not stored",
    intake_has_one_that_was_never_published: "stored, and not in the log",
    intake_has_it_under_another_id: "stored otherwise than logged",
    intake_has_it_with_other_data: "stored otherwise than logged",
    something_is_in_the_outbox: "not published",
    something_is_parked: "parked",
    something_without_a_name_is_parked: "parked",
    query_is_behind: "query is behind",
}


@pytest.mark.parametrize("lie", LIES_BETWEEN_THEM)
def test_parts_that_do_not_agree_are_found(lie: Callable[[Evidence], None]) -> None:
    evidence = a_true_evidence()
    lie(evidence)
    assert LIES_BETWEEN_THEM[lie] in str(judged(evidence))
