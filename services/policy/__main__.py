"""Say whether brand folders load: `python -m services.policy infra/brands/<brand> …`."""

from __future__ import annotations

import sys
from pathlib import Path

from services.policy.faults import PolicyNotLoadable
from services.policy.loader import load_folder


def main(folders: list[str]) -> int:
    """Print one line per folder, or its faults; 1 if any has faults."""
    return max([_report(Path(folder)) for folder in folders], default=0)


def _report(folder: Path) -> int:
    try:
        loaded = load_folder(folder)
    except PolicyNotLoadable as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    sys.stdout.write(f"{loaded.brand}: {loaded.version} loads, {loaded.hash}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
