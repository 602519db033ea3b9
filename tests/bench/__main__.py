"""`make bench`: measure the platform against references in the same call; print the table and keep it."""

from __future__ import annotations

import os
import sys
from time import monotonic

from tests.bench.door import accepted, sustained, visible
from tests.bench.memory import memory
from tests.bench.projecting import projection, rebuilt
from tests.bench.table import Row, write
from tests.bench.yard import Yard, yard


def measure(found: Yard) -> list[Row]:
    """Every row. The log is filled last: an intake that starts would read it all, taking it for its own past."""
    door, reference = accepted(found)
    say(door)
    whole, rate = sustained(found, reference)
    say(whole)
    seen = say(visible(found, rate, reference))
    size = say(memory(found))
    found.stop("intake", "query", "web")
    folding, rate = projection(found)
    say(folding)
    found.start("query")
    return [door, whole, seen, folding, say(rebuilt(found, rate)), size]


def say(row: Row) -> Row:
    """A row as soon as it is known."""
    print(row.line(), end="", flush=True)
    return row


def main() -> int:
    """Measure, print, keep."""
    began = monotonic()
    with yard() as found:
        rows = measure(found)
    one, five, _ = os.getloadavg()
    machine = f"{os.cpu_count()} cores, load {one:.1f} (5 min: {five:.1f}), Python {sys.version.split()[0]}, "
    print(write(rows, f"{machine}{monotonic() - began:.0f} s in all; build/bench.json has every run."))
    return 0


if __name__ == "__main__":
    sys.exit(main())
