"""What the customers of a test did and were told: the only truth that the checks begin with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["ok", "refused", "unknown"]


@dataclass(slots=True, kw_only=True)
class Said:
    """One write: a request (its own `ticket`) or a message, with a token that stands nowhere else.

    Who `gives_up` does not ask again after a failure, so that nobody can tell what became of it. What `is_wrong` must
    be refused, and nothing else may be.
    """

    kind: Literal["ticket", "message"]
    token: str
    key: str
    gives_up: bool = False
    is_wrong: bool = False
    outcome: Outcome = "unknown"
    ticket_id: str = ""
    number: str = ""
    sequence: int = 0
    file: str = ""
    attempts: int = 0


@dataclass(slots=True)
class History:
    """Everything that was said, in order of asking; every token of it begins with the prefix."""

    prefix: str
    said: list[Said] = field(default_factory=list)

    def of(self, outcome: Outcome) -> list[Said]:
        """The writes that ended so."""
        return [one for one in self.said if one.outcome == outcome]

    @property
    def told(self) -> set[str]:
        """The tickets that somebody was told of."""
        return {one.ticket_id for one in self.said if one.ticket_id}

    @property
    def interrupted(self) -> list[Said]:
        """The writes that did not get their answer at the first try."""
        return [one for one in self.said if one.attempts > 1 or (one.gives_up and one.outcome == "unknown")]
