"""Named queries, and the shape of the SQL that is beside the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.runtime.postgres import RUNTIME_SQL, queries

SERVICES = Path("services")
FOLDERS = sorted(file.parent for file in SERVICES.rglob("queries.sql"))
ASKED = re.compile(r'SQL\[\s*"(\w+)"')


def test_a_query_is_found_by_its_name_without_its_end(tmp_path: Path) -> None:
    (tmp_path / "queries.sql").write_text("-- about\n-- name: one\nSELECT 1;\n\n-- name: two\nSELECT\n  2;\n")
    assert queries(tmp_path) == {"one": "SELECT 1", "two": "SELECT\n  2"}


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_no_name_stands_twice_in_a_file(folder: Path) -> None:
    names = re.findall(r"^-- name: (\w+)$", (folder / "queries.sql").read_text(), re.MULTILINE)
    assert sorted(set(names)) == sorted(names)


def test_every_query_of_the_runtime_is_asked_somewhere() -> None:
    code = "".join(file.read_text() for file in Path("services/runtime").glob("*.py"))
    known = set(queries(*(RUNTIME_SQL / part for part in ("writer", "reader", "keys"))))
    assert known - set(ASKED.findall(code)) == set()
