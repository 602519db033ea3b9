"""The promises, judged from outside: what was said, what the log holds, what the tables show."""

from __future__ import annotations

from collections.abc import Collection

from tests.e2e.checker.agreement import check_order, check_parked, check_rows, check_writer
from tests.e2e.checker.evidence import Evidence
from tests.e2e.checker.fold import Tickets, fold
from tests.e2e.checker.history import History, Said

Where = dict[str, list[tuple[str, int]]]
"""In which tickets, as which message, a token is found."""


def judge(history: History, evidence: Evidence, *, made_up: Collection[str], at_least: int) -> list[str]:
    """What is wrong; empty when every promise was kept. The tickets that a test made up are looked past."""
    lines = [line for line in evidence.lines if line.is_event and line.subject not in made_up]
    stored = {place: event for place, event in evidence.stored.items() if place[0] not in made_up}
    rows = {name: row for name, row in evidence.rows.items() if name not in made_up}
    folded = fold(lines, evidence.keys)
    return [
        *check_meaning(history, at_least),
        *check_history(history, ours(history, folded)),
        *(f"in the tables: {fault}" for fault in check_history(history, ours(history, rows))),
        *check_order(lines),
        *check_writer(lines, stored),
        *check_rows(folded, rows),
        *check_parked(evidence.position.parked, made_up),
        *evidence.position.unrest(made_up),
    ]


def ours(history: History, tickets: Tickets) -> Tickets:
    """The tickets that customers were told of, and every other one in which something of theirs is found."""
    return {name: ticket for name, ticket in tickets.items() if name in history.told or _is_ours(history, ticket)}


def _is_ours(history: History, ticket: dict[str, object]) -> bool:
    return history.prefix in str(ticket["messages"])


def check_history(history: History, tickets: Tickets) -> list[str]:
    """Every acknowledged write is there exactly once, in its place; nothing refused, doubled or invented is."""
    where = _where(tickets)
    faults = [fault for one in history.of("ok") for fault in _check_acknowledged(one, where, tickets)]
    faults += [f"refused, and yet there: {one.token}" for one in history.of("refused") if one.token in where]
    faults += [f"refused without a reason: {one.token}" for one in history.of("refused") if not one.is_wrong]
    faults += [f"accepted, and wrong: {one.token}" for one in history.of("ok") if one.is_wrong]
    faults += [fault for one in history.of("unknown") for fault in _check_unknown(one, where)]
    known = {one.token for one in history.said}
    return faults + [f"never asked for: {token}" for token in where if token not in known]


def _where(tickets: Tickets) -> Where:
    found: Where = {}
    for ticket_id, ticket in tickets.items():
        for number, message in ticket["messages"].items():
            found.setdefault(str(message["content"]), []).append((ticket_id, number))
    return found


def _check_acknowledged(one: Said, where: Where, tickets: Tickets) -> list[str]:
    at = where.get(one.token, [])
    if not at:
        return [f"acknowledged, and lost: {one.token}"]
    if len(at) > 1:
        return [f"acknowledged once, there {len(at)} times: {one.token}"]
    if at[0] != (one.ticket_id, one.sequence):
        return [f"in another place than was told: {one.token}"]
    ticket = tickets[one.ticket_id]
    names = [file[3] for file in ticket["messages"][one.sequence]["files"]]
    faults = [] if names == [one.file] * bool(one.file) else [f"with other files than were sent: {one.token}"]
    return faults + ([] if one.number in {"", ticket["number"]} else [f"another number than was told: {one.token}"])


def _check_unknown(one: Said, where: Where) -> list[str]:
    if not one.gives_up:
        return [f"not settled: {one.token}"]
    times = len(where.get(one.token, []))
    return [f"asked once, there {times} times: {one.token}"] if times > 1 else []


def check_meaning(history: History, at_least: int) -> list[str]:
    """A run in which too little succeeded proves nothing."""
    done = len(history.of("ok"))
    return [] if done >= at_least else [f"void: only {done} of at least {at_least} writes were accepted"]
