"""The table that is printed and kept: each row a ratio to a reference that was measured in the same call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from infra.local.folder import ROOT

BUILD = ROOT / "build"
HEAD = "| row | measured | reference | ratio | goal | reached |\n|---|---|---|---|---|---|\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line; without a goal it is reported only. `details` go to the JSON file."""

    name: str
    measured: str
    reference: str
    ratio: float
    goal: str = ""
    reached: bool | None = None
    details: dict[str, object] = field(default_factory=dict)

    def line(self) -> str:
        """The row in Markdown."""
        reached = {True: "yes", False: "no", None: "reported"}[self.reached]
        return f"| {self.name} | {self.measured} | {self.reference} | {self.ratio:.2f} | {self.goal} | {reached} |\n"


def write(rows: Sequence[Row], machine: str, folder: Path = BUILD) -> str:
    """Keep the table as JSON and Markdown, and give the latter."""
    table = f"{HEAD}{''.join(row.line() for row in rows)}\n{machine}\n"
    folder.mkdir(exist_ok=True)
    found = {"machine": machine, "rows": [asdict(row) for row in rows]}
    (folder / "bench.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    (folder / "bench.md").write_text(table, encoding="utf-8")
    return table
