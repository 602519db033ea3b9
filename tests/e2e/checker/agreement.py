"""Whether the parts agree with each other: the log with itself, with its writer's table, and with query's tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from tests.e2e.checker.evidence import Stored
from tests.e2e.checker.fold import Tickets, effective
from tests.e2e.checker.log import Line


def check_order(lines: Sequence[Line]) -> list[str]:
    """Per ticket and source, first occurrences come as 1, 2, 3 … in one partition; copies are equal in id and value."""
    faults: list[str] = []
    last: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str, int], Line] = {}
    homes: dict[str, int] = {}
    for line in lines:
        subject, source, sequence = line.place
        known = first.setdefault(line.place, line)
        if known.headers["ce_id"] != line.headers["ce_id"] or known.value != line.value:
            faults.append(f"two events in one place: {line.place}")
        if homes.setdefault(subject, line.partition) != line.partition:
            faults.append(f"in two partitions: {line.place}")
        if sequence == last[subject, source] + 1:
            last[subject, source] = sequence
        elif sequence > last[subject, source]:
            faults.append(f"out of order: {line.place} after {last[subject, source]}")
    return faults


def check_writer(lines: Iterable[Line], stored: Stored) -> list[str]:
    """What intake made durable is what the log holds: the same events, with the same ids and data."""
    logged = {
        (subject, sequence): (line.headers["ce_id"], line.headers["ce_type"], line.value or b"")
        for (subject, source, sequence), line in effective(lines).items()
        if source.endswith("/intake")
    }
    faults = [f"stored, and not in the log: {place}" for place in stored.keys() - logged.keys()]
    faults += [f"in the log, and not stored: {place}" for place in logged.keys() - stored.keys()]
    shared = stored.keys() & logged.keys()
    return faults + [f"stored otherwise than logged: {place}" for place in shared if stored[place] != logged[place]]


def check_rows(expected: Tickets, rows: Tickets) -> list[str]:
    """The tables equal the independent fold; every part of a ticket in which they differ."""
    faults = [f"not in the tables: {ticket_id}" for ticket_id in expected if ticket_id not in rows]
    faults += [f"only in the tables: {ticket_id}" for ticket_id in rows if ticket_id not in expected]
    for ticket_id, ticket in expected.items():
        row = rows.get(ticket_id, ticket)
        faults += [f"{ticket_id} differs in {name}" for name in ticket if ticket[name] != row.get(name)]
    return faults


def check_parked(parked: Iterable[tuple[str, str]], made_up: Collection[str]) -> list[str]:
    """Nothing of a customer is parked."""
    return [f"parked: {subject} because of {cause}" for subject, cause in parked if subject not in made_up]
