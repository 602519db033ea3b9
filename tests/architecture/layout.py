"""Rules about layout: what lies where, and the shape that every service repeats."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from tests.architecture.tree import Tree

ROOT_FILES = {
    ".ci",
    ".editorconfig",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "docs",
    "infra",
    "pyproject.toml",
    "requirements-dev.in",
    "requirements-dev.txt",
    "requirements.in",
    "requirements.txt",
    "schemas",
    "services",
    "tests",
}
LIBRARIES = {"policy", "runtime"}
TEST_KINDS = {"unit", "component", "contract", "integration", "e2e", "architecture", "bench", "guards"}
KINDS_BY_ROOM = ("unit", "component", "contract", "integration")
CORES = ({"commands.py", "state.py", "decide.py"}, {"project.py"}, {"pages.py", "pages/"})
EVERY_SERVICE_HAS = ("__init__.py", "__main__.py", "app.py", "settings.py")
README_LINES, SERVICE_README_LINES = 100, 60


def nothing_stray_at_the_root(tree: Tree) -> Iterator[str]:
    """The root holds what a visitor looks for, and nothing else."""
    ignored = [line.rstrip("/") for line in tree.text(".gitignore").splitlines() if line]
    for name in sorted({path.name for path in tree.root.iterdir()} - ROOT_FILES - {".git"}):
        if not any(fnmatch.fnmatch(name, pattern) for pattern in ignored):
            yield f"{name}: the root is for visitors: move it into a room, or list it in ROOT_FILES"


def a_root_that_is_complete(tree: Tree) -> Iterator[str]:
    """What a visitor looks for at the root is there."""
    for name in sorted(ROOT_FILES):
        if not (tree.root / name).exists():
            yield f"{name}: missing at the root: write it"


def short_readmes(tree: Tree) -> Iterator[str]:
    """The README fits two screens; every room of services has one that fits one screen."""
    paths = {f"services/{name}/README.md": SERVICE_README_LINES for name in tree.folders("services")}
    for path, allowed in ({"README.md": README_LINES} | paths).items():
        if not (tree.root / path).exists():
            yield f"{path}: missing: say on one screen what it decides, listens to and publishes"
        elif (lines := len(tree.text(path).splitlines())) > allowed:
            yield f"{path}: {lines} lines, {allowed} are allowed: move the rest to docs/"


def one_inner_shape(tree: Tree) -> Iterator[str]:
    """Every service is built from the same files."""
    for name in sorted(set(tree.folders("services")) - LIBRARIES):
        room = f"services/{name}"
        have = {path.removeprefix(f"{room}/") for path in tree.files if path.startswith(f"{room}/")}
        have |= {f"{path.split('/')[0]}/" for path in have if "/" in path}
        for file in EVERY_SERVICE_HAS:
            if file not in have:
                yield f"{room}/{file}: missing: every service has it"
        yield from _core_and_doors(room, have)


def _core_and_doors(room: str, have: set[str]) -> Iterator[str]:
    writer, reader, pages = CORES
    is_pages = bool(pages & have)
    if sum([writer <= have, reader <= have, is_pages]) != 1 or 0 < len(writer & have) < len(writer):
        yield f"{room}: have either commands + state + decide, or project, or pages"
    if not is_pages and not {"api.py", "api/"} & have:
        yield f"{room}/api.py: missing: requests come in there"
    if ("store.py" in have or "store/" in have) != ("sql/" in have):
        yield f"{room}: store and sql/ come together: the queries lie in sql/, the store calls them"


def packages_say_so(tree: Tree) -> Iterator[str]:
    """Every folder of the services with code is a package, so that no file escapes the contracts."""
    folders = {s.path.rpartition("/")[0] for s in tree.sources if s.path.startswith("services/")}
    for folder in sorted(folders):
        if f"{folder}/__init__.py" not in tree.files:
            yield f"{folder}/__init__.py: missing: one docstring line that says what the folder is for"


def tests_mirror_rooms(tree: Tree) -> Iterator[str]:
    """Tests lie by what they need, then by the room that they are about."""
    rooms = {"schemas", "docs", *tree.folders("services"), *tree.folders("infra")}
    for kind in tree.folders("tests"):
        if kind not in TEST_KINDS:
            yield f"tests/{kind}: tests lie by what they need: {', '.join(sorted(TEST_KINDS))}"
    for kind in KINDS_BY_ROOM:
        for name in tree.folders(f"tests/{kind}"):
            if name not in rooms:
                yield f"tests/{kind}/{name}: no such room: name it after the room that it tests"


def every_core_is_tested(tree: Tree) -> Iterator[str]:
    """What decides, reacts or projects has tests of its own, so that its coverage is measured."""
    for source in tree.sources:
        top, _, inside = source.path.partition("/")
        name, _, file = inside.partition("/")
        if top != "services" or file not in ("decide.py", "react.py", "project.py"):
            continue
        wanted = f"tests/unit/{name}/test_{file}"
        if wanted not in tree.files:
            yield f"{wanted}: missing: say as small histories what {source.path} answers"


def every_room_is_tested(tree: Tree) -> Iterator[str]:
    """Every room with code has tests of its own."""
    coded = {source.room for source in tree.sources if source.room.startswith(("services/", "infra/"))}
    for room in sorted({path.rpartition("/")[2] for path in coded if not path.endswith(".py")} | {"schemas"}):
        if not any(room in tree.folders(f"tests/{kind}") for kind in KINDS_BY_ROOM):
            yield f"tests/unit/{room}: missing: the room has code and no tests"
