"""The promises, checked from outside: what was said, what the log holds, what the tables show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.e2e.checker.fold import Tickets
from tests.e2e.checker.history import History, Said
from tests.e2e.checker.log import Line


def check_history(history: History, tickets: Tickets) -> list[str]:
    """Every acknowledged write is there exactly once, in its ticket; nothing refused or invented is."""
    where = _where(tickets)
    faults = [fault for one in history.of("ok") for fault in _check_acknowledged(one, where)]
    faults += [f"refused, and yet there: {one.token}" for one in history.of("refused") if one.token in where]
    faults += [f"not settled: {one.token}" for one in history.of("unknown")]
    known = {one.token for one in history.said}
    return faults + [f"never asked for: {token}" for token in where if token not in known]


def _where(tickets: Tickets) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for ticket_id, ticket in tickets.items():
        for content in ticket["messages"].values():
            if content and content.startswith("token-"):
                found.setdefault(content, []).append(ticket_id)
    return found


def _check_acknowledged(one: Said, where: dict[str, list[str]]) -> list[str]:
    at = where.get(one.token, [])
    if not at:
        return [f"acknowledged, and lost: {one.token}"]
    if len(at) > 1:
        return [f"acknowledged once, there {len(at)} times: {one.token}"]
    return [] if at[0] == one.ticket_id else [f"in another ticket than was told: {one.token}"]


def check_order(lines: Sequence[Line]) -> list[str]:
    """Per ticket and source, first occurrences come as 1, 2, 3 … in the log's own order; copies bear the same id."""
    faults: list[str] = []
    last: Counter[tuple[str, str]] = Counter()
    ids: dict[tuple[str, str, int], str] = {}
    for line in lines:
        subject, source, sequence = line.place
        known = ids.setdefault(line.place, line.headers["ce_id"])
        if known != line.headers["ce_id"]:
            faults.append(f"two events in one place: {line.place}")
        if sequence == last[subject, source] + 1:
            last[subject, source] = sequence
        elif sequence > last[subject, source]:
            faults.append(f"out of order: {line.place} after {last[subject, source]}")
    return faults


def check_rows(expected: Tickets, rows: Tickets) -> list[str]:
    """The tables equal the independent fold; the first difference of each ticket."""
    faults = [f"not in the tables: {ticket_id}" for ticket_id in expected if ticket_id not in rows]
    faults += [f"only in the tables: {ticket_id}" for ticket_id in rows if ticket_id not in expected]
    for ticket_id, ticket in expected.items():
        row = rows.get(ticket_id, ticket)
        faults += [f"{ticket_id} differs in {name}" for name in ticket if ticket[name] != row.get(name)]
    return faults


def check_meaning(history: History, at_least: int) -> list[str]:
    """A run in which too little succeeded proves nothing."""
    done = len(history.of("ok"))
    return [] if done >= at_least else [f"void: only {done} of at least {at_least} writes were accepted"]
