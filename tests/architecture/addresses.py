"""Rules about addresses: no file says where this or that machine fetches its packages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.architecture.tree import Tree

PINNED = ("requirements.txt", "requirements-dev.txt")
OPTIONS = "|".join(["index" + "-url", "find" + "-links", "trusted" + "-host"])
INDEX_OPTION = re.compile(rf"(?<!no-emit-)\b({OPTIONS})\b")
KINDS_OF_STORE = "index|indexes|mirror|mirrors|registry|proxy|artifacts?|packages?|repos?|repository"
STORE_HOST = re.compile(rf"https?://(?:[\w-]+\.)*(?:{KINDS_OF_STORE})[\w-]*\.[\w.-]+", re.IGNORECASE)
WITH_PASSWORD = re.compile(r"https?://[^/\s:@{}<>]+:[^/\s:@{}<>]+@")
URL = re.compile(r"\w+://")


def no_package_store_named(tree: Tree) -> Iterator[str]:
    """No file names an index, a mirror or a way around them; who builds sets that outside."""
    for path in tree.files:
        for number, line in enumerate(tree.text(path).splitlines(), start=1):
            if INDEX_OPTION.search(line) or STORE_HOST.search(line) or WITH_PASSWORD.search(line):
                yield f"{path}:{number}: names a package store: leave it to the machine's own settings"


def pins_have_hashes_and_no_address(tree: Tree) -> Iterator[str]:
    """Every requirement is pinned to a version with hashes, from wherever it comes."""
    for path in PINNED:
        for block in re.split(r"\n(?=[A-Za-z])", tree.text(path)):
            name = block.split(" ", 1)[0].split("\n", 1)[0]
            if URL.search(block):
                yield f"{path} {name}: holds an address: run `make requirements`"
            if name[0].isalpha() and not ("==" in name and "--hash=sha256:" in block):
                yield f"{path} {name}: pin it with hashes: run `make requirements`"


def the_contract_builds_offline(tree: Tree) -> Iterator[str]:
    """The tool that builds schemas/ without isolation is itself pinned."""
    if not re.search(r"^setuptools==", tree.text("requirements-dev.txt"), re.MULTILINE):
        yield "requirements-dev.txt: setuptools is missing: name it in requirements-dev.in"
