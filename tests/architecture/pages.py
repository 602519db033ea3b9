"""Rules about pages: links lead somewhere, decision records have one shape."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.architecture.tree import Tree

LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
RECORD = re.compile(r"docs/adr/(\d{4})-[a-z0-9-]+\.md")
SECTIONS = ("Status: ", "## Context\n", "## Decision\n", "## Consequences\n", "## Rejected\n")
RECORD_LINES = 60


def links_lead_somewhere(tree: Tree) -> Iterator[str]:
    """Every link of a page to a file of the tree finds it."""
    for path in tree.files:
        if path.endswith(".md"):
            for target in LINK.findall(tree.text(path)):
                if "://" not in target and not ((tree.root / path).parent / target).exists():
                    yield f"{path}: '{target}' leads nowhere: write it, or point elsewhere"


def _records(tree: Tree) -> list[str]:
    return [path for path in tree.files if path.startswith("docs/adr/")]


def one_shape_of_records(tree: Tree) -> Iterator[str]:
    """Decision records are numbered without gaps, one page each, and have the same parts."""
    for number, path in enumerate(_records(tree), start=1):
        text = tree.text(path)
        named = RECORD.fullmatch(path)
        if not named or int(named[1]) != number:
            yield f"{path}: name it NNNN-title.md, the next number is {number:04}"
        if missing := [part.strip() for part in SECTIONS if f"\n{part}" not in text]:
            yield f"{path}: a record says its status, context, decision …: add {', '.join(missing)}"
        if (lines := len(text.splitlines())) > RECORD_LINES:
            yield f"{path}: {lines} lines, {RECORD_LINES} are allowed: explain it in docs/explanation/"


def records_are_listed(tree: Tree) -> Iterator[str]:
    """Every decision record is on the map of the documentation."""
    for path in _records(tree):
        if path.removeprefix("docs/") not in tree.text("docs/README.md"):
            yield f"{path}: not on the map: add its line to docs/README.md"
