"""Whatever is done to the same events on their way, each stream is applied 1 to n, once, and nothing is lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from phieu_schemas.envelope import Envelope
from services.runtime.delivery import Item
from services.runtime.inbox import FOLD_FAILED, GAP, Stream, sort_out
from tests.unit.runtime.items import item

SUBJECTS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
Name = tuple[str, int]
History = tuple[list[list[tuple[int, Name]]], frozenset[Name]]
"""Batches of records, each at its offset; and the events that a fold refuses."""


@dataclass
class Table:
    """A reader's tables in memory: what was seen, what is parked, and all that was ever applied."""

    faulty: frozenset[Name]
    seen: dict[Stream, int] = field(default_factory=dict)
    parked: dict[int, Item] = field(default_factory=dict)
    applied: list[Name] = field(default_factory=list)
    duplicates: int = 0

    def take(self, names: list[tuple[int, Name]]) -> None:
        """A batch, as the reader takes it: what a fold refuses is marked, and all is sorted out anew."""
        items = [self._item(offset, name) for offset, name in names]
        plan = sort_out(items, self.seen, list(self.parked.values()))
        while failed := [event.raw.offset for event in plan.apply if _name(event.envelope) in self.faulty]:
            for one in (*items, *self.parked.values()):
                if one.raw.offset == failed[0]:
                    one.cause = FOLD_FAILED
            plan = sort_out(items, self.seen, list(self.parked.values()))
        self.seen |= plan.seen
        self.duplicates += plan.duplicates
        self.applied += [_name(event.envelope) for event in plan.apply]
        for one in plan.unpark:
            del self.parked[one.raw.offset]
        for one, cause in plan.park:
            one.was_gap, one.cause = cause == GAP, None if cause == GAP else cause
            self.parked[one.raw.offset] = one

    def redrive(self) -> None:
        """Everything that is parked once more, in the order of the log, with the fault mended."""
        self.faulty = frozenset()
        again = [(offset, _name(one.envelope)) for offset, one in sorted(self.parked.items())]
        self.parked.clear()
        self.take(again)

    def _item(self, offset: int, name: Name) -> Item:
        return item(name[1], name[0], offset=offset)


def _name(envelope: Envelope | None) -> Name:
    assert envelope is not None
    return envelope.subject, envelope.sequence


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Two tickets' events: shuffled, some twice, cut into batches; and those that a fold refuses."""
    names = [(subject, n) for subject in SUBJECTS for n in range(1, draw(st.integers(1, 6)) + 1)]
    copies = names + draw(st.lists(st.sampled_from(names), max_size=6))
    placed = list(enumerate(draw(st.permutations(copies)), start=1))
    cuts = sorted(draw(st.sets(st.integers(0, len(placed)), max_size=4)))
    edges = [0, *cuts, len(placed)]
    batches = [placed[low:high] for low, high in pairwise(edges)]
    return batches, draw(st.frozensets(st.sampled_from(names), max_size=2))


def _in_rows(applied: list[Name]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for subject, sequence in applied:
        rows[subject].append(sequence)
    return rows


@given(histories())
def test_every_stream_is_applied_in_order_and_nothing_is_lost(history: History) -> None:
    batches, faulty = history
    table = Table(faulty)
    for batch in batches:
        table.take(batch)
    for row in _in_rows(table.applied).values():
        assert row == list(range(1, len(row) + 1))
    came = Counter(name for batch in batches for _, name in batch)
    assert {*table.applied, *(_name(one.envelope) for one in table.parked.values())} == set(came)
    assert len(table.applied) + len(table.parked) + table.duplicates == came.total()


@given(histories())
def test_what_was_never_at_fault_is_all_applied_and_nothing_stays(history: History) -> None:
    batches, _ = history
    table = Table(frozenset())
    for batch in batches:
        table.take(batch)
    assert (set(table.applied), table.parked) == ({name for batch in batches for _, name in batch}, {})


@given(histories())
def test_once_the_fault_is_mended_a_redrive_puts_everything_in_order(history: History) -> None:
    batches, faulty = history
    table = Table(faulty)
    for batch in batches:
        table.take(batch)
    table.redrive()
    rows = _in_rows(table.applied)
    whole = {subject: max(n for batch in batches for _, (one, n) in batch if one == subject) for subject in SUBJECTS}
    assert rows == {subject: list(range(1, last + 1)) for subject, last in whole.items()}
    assert table.parked == {}


@given(histories())
def test_a_faulty_event_stops_its_own_ticket_only(history: History) -> None:
    batches, faulty = history
    table = Table(faulty)
    for batch in batches:
        table.take(batch)
    last = Counter(subject for subject, _ in {name for batch in batches for _, name in batch})
    for subject in SUBJECTS:
        first_fault = min((n for one, n in faulty if one == subject), default=last[subject] + 1)
        assert _in_rows(table.applied)[subject] == list(range(1, first_fault))
