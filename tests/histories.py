"""Small histories: given these facts, when this is asked, then these facts, nothing, or this refusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Generic, TypeVar

import pytest

from phieu_schemas.codec import Recorded
from phieu_schemas.fact import Fact
from services.runtime.ask import Decider
from services.runtime.errors import Refused

S = TypeVar("S")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class History(Generic[S, C]):
    """What happened to one subject, and what was asked last."""

    decider: Decider[S, C]
    state: S
    command: C | None = None

    def when(self, command: C) -> History[S, C]:
        """This is asked next; the facts of what was asked before have happened."""
        return History(self.decider, self.state if self.command is None else self._after(self.command), command)

    def then(self, *facts: Fact) -> None:
        """Exactly these facts follow."""
        assert self._facts() == facts

    def then_nothing(self) -> None:
        """It is so already."""
        self.then()

    def refused(self, slug: str, *, rule: str | None = None, **fields: str) -> None:
        """A rule says no: this slug, these fields with theirs, the sentence of the policy with this id."""
        with pytest.raises(Refused) as caught:
            self._facts()
        said = caught.value
        assert (said.slug, {one.field: one.slug for one in said.errors}) == (slug, fields)
        assert (said.rule.id if said.rule else None) == rule

    def _facts(self) -> tuple[Fact, ...]:
        assert self.command is not None, "nothing was asked"
        return self.decider.decide(self.state, self.command)

    def _after(self, command: C) -> S:
        at: datetime = command.at  # type: ignore[attr-defined]  # every command carries its time
        return reduce(lambda state, fact: self.decider.evolve(state, fact, at), self._facts(), self.state)


def given(decider: Decider[S, C], *events: Recorded) -> History[S, C]:
    """These events happened, in this order."""
    state = decider.initial
    for event in events:
        state = decider.evolve(state, event.fact, event.envelope.time)
    return History(decider, state)
