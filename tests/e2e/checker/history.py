"""What the customers of a test did and were told: the only truth that the checks begin with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["ok", "refused", "unknown"]


@dataclass(slots=True, kw_only=True)
class Said:
    """One write: a request (its own `ticket`) or a message, with a token that stands nowhere else."""

    kind: Literal["ticket", "message"]
    token: str
    key: str
    outcome: Outcome = "unknown"
    ticket_id: str = ""
    sequence: int = 0
    attempts: int = 0


@dataclass(slots=True)
class History:
    """Everything that was said, in order of asking."""

    said: list[Said] = field(default_factory=list)

    def of(self, outcome: Outcome) -> list[Said]:
        """The writes that ended so."""
        return [one for one in self.said if one.outcome == outcome]
