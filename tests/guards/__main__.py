"""Take the guards out one by one and show which test then fails: `make guards`; names as arguments choose some."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.local.folder import Folder
from tests.guards.listed import GUARDS, Guard
from tests.guards.workshop import Verdict, Workshop
from tests.stores import BROKER_GIVEN, DATABASE_GIVEN, broker, database

LINE = "{:34} {:92} {:>7}"
LAST_LINES = 25


def take_out(guards: Sequence[Guard]) -> int:
    """The table; gives how many guards nobody would miss."""
    with tempfile.TemporaryDirectory(prefix="guards") as path:
        folder = Folder(path=Path(path, "stores")).make()
        with broker(folder) as brokers, database(folder) as admin_dsn:
            workshop = Workshop(Path(path, "tree"), {BROKER_GIVEN: brokers, DATABASE_GIVEN: admin_dsn})
            return _table(workshop, guards)


def _table(workshop: Workshop, guards: Sequence[Guard]) -> int:
    workshop.fill()
    whole = workshop.run(sorted({test for guard in guards for test in guard.tests}))
    if whole.failed:
        print(_end_of(whole), f"With every guard in place this fails: {whole.failed}", sep="\n")
        return len(guards)
    print(LINE.format("guard", "test that failed without it", "seconds"))
    return sum([not _is_missed(workshop, guard) for guard in guards])


def _is_missed(workshop: Workshop, guard: Guard) -> bool:
    with workshop.without(guard):
        verdict = workshop.run(guard.tests)
    failed = verdict.failed or f"NONE: nobody would notice. {guard.keeps}"
    print(LINE.format(guard.name, failed, f"{verdict.seconds:.1f}"), flush=True)
    if verdict.is_unclear:
        print(_end_of(verdict))
        return False
    return verdict.failed is not None


def _end_of(verdict: Verdict) -> str:
    return "\n".join(verdict.said.splitlines()[-LAST_LINES:])


def main(names: Sequence[str]) -> int:
    """All guards, or those with these names."""
    chosen = [guard for guard in GUARDS if not names or guard.name in names]
    return 1 if not chosen or take_out(chosen) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
