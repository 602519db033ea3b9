"""The checker itself: a true history passes, and each seeded lie is found by the very judgement the faults go by."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.checker.evidence import Evidence
from tests.e2e.checker.fold import fold
from tests.e2e.checker.history import History, Said
from tests.e2e.checker.scene import (
    BEGINNING,
    KEY,
    KEY_ID,
    PREFIX,
    TOPIC,
    A,
    B,
    C,
    a_true_evidence,
    a_true_history,
    a_true_log,
    line,
    token,
    told,
)
from tests.e2e.checker.verdict import judge

Lie = Callable[[History, Evidence], object]


def judged(history: History, evidence: Evidence, at_least: int = 1) -> list[str]:
    """The verdict, as the faults ask for it."""
    return judge(history, evidence, made_up=(), at_least=at_least)


def test_a_true_history_passes() -> None:
    assert judged(a_true_history(), a_true_evidence(), at_least=4) == []


def test_what_was_refused_and_is_nowhere_passes() -> None:
    history = a_true_history()
    history.said.append(refused())
    assert judged(history, a_true_evidence()) == []


def test_the_fold_reads_what_the_log_says() -> None:
    ticket = fold(a_true_log(), {KEY_ID: KEY})[A]
    assert (ticket["number"], ticket["form"], ticket["received_at"]) == ("a", "f", BEGINNING)
    assert (ticket["fields"], ticket["sequences"]) == ({"name": "Khách"}, {"intake": 2})
    assert [message["content"] for message in ticket["messages"].values()] == [token("a", 1), token("a", 2)]
    assert ticket["messages"][1]["files"] == [("file", 3, "text/plain", "tệp.txt")]
    assert [event[1] for event in ticket["timeline"]] == [1, 2]


def test_the_fold_counts_each_source_by_itself() -> None:
    by_desk = line(A, 1, "", 5, ce_source="/phieu/desk", ce_type="phieu.ticket.assigned.v1")
    assert fold([*a_true_log(), by_desk], {KEY_ID: KEY})[A]["sequences"] == {"intake": 2, "desk": 1}


def test_of_a_ticket_whose_key_was_deleted_no_word_is_left() -> None:
    ticket = fold(a_true_log(), {KEY_ID: None})[A]
    assert (ticket["erased"], ticket["fields"]) == (True, None)
    assert [message["content"] for message in ticket["messages"].values()] == [None, None]


def with_another_ticket(evidence: Evidence, content: str) -> None:
    """Everything agrees that there is a third ticket."""
    more = a_true_evidence([*a_true_log(), line(C, 1, content, 5)])
    evidence.lines, evidence.rows, evidence.stored = more.lines, more.rows, more.stored
    evidence.position, evidence.ends = more.position, more.ends


def refused(*, is_wrong: bool = True) -> Said:
    """A request that was refused."""
    return Said(kind="ticket", token=token("c", 1), key="c", outcome="refused", is_wrong=is_wrong)


def the_same_request_under_a_second_id(_: History, evidence: Evidence) -> None:
    with_another_ticket(evidence, token("a", 1))


def a_refused_ticket_is_there(history: History, evidence: Evidence) -> None:
    history.said.append(refused())
    with_another_ticket(evidence, token("c", 1))


def nobody_asked_for_it(_: History, evidence: Evidence) -> None:
    with_another_ticket(evidence, f"{PREFIX}nobody")


def given_up_and_there_twice(history: History, evidence: Evidence) -> None:
    history.said[1].outcome, history.said[1].gives_up = "unknown", True
    with_another_ticket(evidence, token("a", 2))


def refused_and_there(history: History, _: Evidence) -> None:
    history.said[0].outcome, history.said[0].is_wrong = "refused", True


def refused_without_a_reason(history: History, _: Evidence) -> None:
    history.said.append(refused(is_wrong=False))


def accepted_and_wrong(history: History, _: Evidence) -> None:
    history.said[0].is_wrong = True


def never_settled(history: History, _: Evidence) -> None:
    history.said[0].outcome = "unknown"


def told_of_another_ticket(history: History, _: Evidence) -> None:
    history.said[1].ticket_id = B


def told_another_number(history: History, _: Evidence) -> None:
    history.said[0].number = "9"


def told_another_place(history: History, _: Evidence) -> None:
    history.said[0].sequence, history.said[1].sequence = 2, 1


def sent_with_another_file(history: History, _: Evidence) -> None:
    history.said[0].file = "khác.txt"


def told_and_never_stored(history: History, _: Evidence) -> None:
    history.said.append(told("c", C, 1))


LIES: dict[Lie, str] = {
    the_same_request_under_a_second_id: "acknowledged once, there 2 times",
    a_refused_ticket_is_there: "refused, and yet there",
    nobody_asked_for_it: "never asked for",
    given_up_and_there_twice: "asked once, there 2 times",
    refused_and_there: "refused, and yet there",
    refused_without_a_reason: "refused without a reason",
    accepted_and_wrong: "accepted, and wrong",
    never_settled: "not settled",
    told_of_another_ticket: "in another place",
    told_another_number: "another number",
    told_another_place: "in another place",
    sent_with_another_file: "with other files",
    told_and_never_stored: "acknowledged, and lost",
}


@pytest.mark.parametrize("lie", LIES)
def test_what_differs_from_what_was_told_is_found_in_the_log_and_in_the_tables(lie: Lie) -> None:
    history, evidence = a_true_history(), a_true_evidence()
    lie(history, evidence)
    faults = judged(history, evidence)
    for fault in (LIES[lie], f"in the tables: {LIES[lie]}"):
        assert any(one.startswith(fault) for one in faults), faults


@pytest.mark.parametrize("is_there", [True, False])
def test_of_what_was_given_up_nobody_knows_whether_it_is_there(is_there: bool) -> None:
    history, evidence = a_true_history(), a_true_evidence()
    given_up = Said(kind="ticket", token=token("c", 1), key="c", gives_up=True, attempts=1)
    history.said.append(given_up)
    if is_there:
        with_another_ticket(evidence, given_up.token)
    assert judged(history, evidence) == []


def test_what_a_test_made_up_is_looked_past() -> None:
    history, evidence = a_true_history(), a_true_evidence()
    with_another_ticket(evidence, "made up")
    evidence.position.parked.append((C, "gap"))
    evidence.position.outbox.append((C, 2))
    del evidence.rows[C]
    assert judged(history, evidence) != []
    assert judge(history, evidence, made_up={C}, at_least=1) == []


def test_a_run_in_which_little_succeeded_is_void() -> None:
    assert judged(a_true_history(), a_true_evidence(), at_least=5)


def test_evidence_that_was_overtaken_is_known_to_be() -> None:
    evidence = a_true_evidence()
    assert not evidence.has_moved(())
    evidence.unpublished = [C]
    assert evidence.has_moved(())
    assert not evidence.has_moved({C})
    evidence = a_true_evidence()
    evidence.ends = {(TOPIC, 0): 9}
    assert evidence.has_moved(())
