"""Sorting out: which records of a batch are applied, dropped or parked. Pure.

Of each (subject, source) the sequences are applied one after the other: a lower or equal one was applied before,
a higher one waits in the parked table until the gap closes. A record that cannot be read parks, and so does every
later record of its subject: nothing overtakes it. Other subjects go on. An event that could be read but not folded
waits for its gap like any other first: it must not stand in the way of what comes before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from phieu_schemas.fold import admit
from services.runtime.delivery import KEY_UNKNOWN, NOT_OPENED, Delivered, Item

GAP = "gap"
BEHIND = "behind"
FOLD_FAILED = "fold-failed"
OF_THE_EVENT = frozenset({FOLD_FAILED, KEY_UNKNOWN, NOT_OPENED})
"""Causes that lie in an event whose record is sound: where it stands in its row can be believed."""

Stream = tuple[str, str]


@dataclass(slots=True)
class Plan:
    """What is to be done with a batch."""

    apply: list[Delivered] = field(default_factory=list)
    park: list[tuple[Item, str]] = field(default_factory=list)
    unpark: list[Item] = field(default_factory=list)
    seen: dict[Stream, int] = field(default_factory=dict)
    duplicates: int = 0
    unknown: int = 0


class Sorter:
    """Sorts one batch, given what was seen before and what is parked of its subjects."""

    def __init__(self, seen: Mapping[Stream, int], parked: Sequence[Item]) -> None:
        self.seen = dict(seen)
        self.plan = Plan()
        self.blocked = {item.subject for item in parked if not item.was_gap}
        self.waiting: dict[tuple[Stream, int], tuple[Item, bool]] = {
            (item.stream, _sequence(item)): (item, True) for item in parked if item.was_gap
        }

    def take(self, item: Item) -> None:
        """Decide about the next record, in the order of the partition."""
        if item.envelope and self._is_duplicate(item):
            self.plan.duplicates += 1
        elif item.subject in self.blocked:
            self._park(item, BEHIND)
        elif item.cause and item.cause not in OF_THE_EVENT:
            self._block(item, item.cause)
        elif admit(self._last(item), _sequence(item)) == GAP:
            self._hold(item)
        else:
            self._apply(item)

    def finish(self) -> Plan:
        """The plan, with what still waits for its gap among the parked."""
        self.plan.park += [(item, GAP) for item, was_parked in self.waiting.values() if not was_parked]
        return self.plan

    def _last(self, item: Item) -> int:
        return self.seen.get(item.stream, 0)

    def _is_duplicate(self, item: Item) -> bool:
        return _sequence(item) <= self._last(item) or (item.stream, _sequence(item)) in self.waiting

    def _park(self, item: Item, cause: str) -> None:
        self.plan.park.append((item, cause))

    def _block(self, item: Item, cause: str) -> None:
        """Park, and let nothing of its subject overtake."""
        self._park(item, cause)
        if item.subject:
            self.blocked.add(item.subject)

    def _hold(self, item: Item) -> None:
        self.waiting[item.stream, _sequence(item)] = (item, False)

    def _apply(self, item: Item) -> None:
        """Apply the next of its stream, and after it whatever waited for it."""
        following: Item | None = item
        while following:
            if following.cause:
                self._block(following, following.cause)
                return
            self.seen[following.stream] = self.plan.seen[following.stream] = _sequence(following)
            if following.delivered:
                self.plan.apply.append(following.delivered)
            else:
                self.plan.unknown += 1
            following = self._released(following)

    def _released(self, item: Item) -> Item | None:
        held = self.waiting.pop((item.stream, _sequence(item) + 1), None)
        if held is None:
            return None
        released, was_parked = held
        if was_parked and not released.cause:
            self.plan.unpark.append(released)
        return released


def _sequence(item: Item) -> int:
    assert item.envelope is not None
    return item.envelope.sequence


def sort_out(items: Sequence[Item], seen: Mapping[Stream, int], parked: Sequence[Item]) -> Plan:
    """What to do with these records, in this order."""
    sorter = Sorter(seen, parked)
    for item in items:
        sorter.take(item)
    return sorter.finish()
