"""What was found on the platform: how far everything got, and what each part says of the tickets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tests.e2e.checker.fold import Keys, Tickets
from tests.e2e.checker.log import Ends, Line, ends_of

Stored = dict[tuple[str, int], tuple[str, str, bytes]]
"""Intake's own events: (subject, sequence) to (id, type, data)."""


@dataclass(slots=True, kw_only=True)
class Position:
    """How far everything got: where the topic ends, how far query is, what intake has not published."""

    ends: Ends = field(default_factory=dict)
    checkpoints: Ends = field(default_factory=dict)
    outbox: list[tuple[str, int]] = field(default_factory=list)
    parked: list[tuple[str, str]] = field(default_factory=list)

    def unrest(self, made_up: Collection[str]) -> list[str]:
        """What is still on its way, but for the tickets that a test made up."""
        waiting = [place for place in self.outbox if place[0] not in made_up]
        behind = [place for place, end in self.ends.items() if self.checkpoints.get(place, 0) < end]
        faults = [f"not published: {len(waiting)} events, the first is {waiting[0]}"] if waiting else []
        return faults + [f"query is behind: {place}" for place in behind]


@dataclass(slots=True, kw_only=True)
class Evidence:
    """What each part says of the tickets of a brand; `position` was looked at before all else, `ends` after."""

    position: Position
    lines: Sequence[Line]
    keys: Keys
    rows: Tickets
    stored: Stored
    unpublished: Sequence[str] = ()
    ends: Ends

    def has_moved(self, made_up: Collection[str]) -> bool:
        """Whether something happened meanwhile: then the parts cannot be compared."""
        is_published = all(subject in made_up for subject in self.unpublished)
        return not (is_published and self.position.ends == ends_of(self.lines) == self.ends)
