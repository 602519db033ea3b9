"""Writes the reference pages: `make schemas`; `--check` says whether they are current."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from docs.reference.pages import PAGES

FOLDER = Path(__file__).parent
MADE = "<!-- made by docs/reference/generate.py: change the code, then run `make schemas` -->\n\n"


def page(name: str) -> str:
    """One reference page as text."""
    return MADE + "".join(PAGES[name]())


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` name those that are not current."""
    stale = [name for name in PAGES if _read(name) != page(name)]
    if "--check" in arguments:
        print("current" if not stale else f"not current, run `make schemas`: {json.dumps(stale)}")
        return 1 if stale else 0
    for name in stale:
        (FOLDER / f"{name}.md").write_text(page(name), encoding="utf-8")
    print(f"{len(PAGES)} reference pages, {len(stale)} written")
    return 0


def _read(name: str) -> str:
    file = FOLDER / f"{name}.md"
    return file.read_text(encoding="utf-8") if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
