"""How much the relay tries at once: half after a failure, down to the row at fault, and twice after a success."""

from __future__ import annotations

from collections.abc import Sequence


class Pace:
    """Rows of the next batch, and the row that was refused alone last."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.rows = most
        self.suspect: int | None = None

    def succeeded(self) -> None:
        """Twice as many next time."""
        self.rows = min(self.rows * 2, self.most)

    def failed(self, ids: Sequence[int], *, refused: bool) -> int | None:
        """Half as many next time; gives the row that is at fault: refused alone, twice."""
        self.rows = max(len(ids) // 2, 1)
        if not refused or len(ids) > 1:
            return None
        before, self.suspect = self.suspect, ids[0]
        return ids[0] if ids[0] == before else None
