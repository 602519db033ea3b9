"""What outside teams are shown runs with what they install."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from importlib.metadata import requires
from importlib.resources import files
from pathlib import Path

import pytest
from mypy import api

import phieu_schemas

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "schemas" / "README.md", ROOT / "docs" / "how-to" / "subscribe.md"]
SNIPPETS = [
    pytest.param(code, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
]


def imported(code: str) -> list[tuple[str, str | None]]:
    """What a program imports: modules, and the names taken from them."""
    tree = ast.walk(ast.parse(code))
    names: list[tuple[str, str | None]] = []
    for node in tree:
        if isinstance(node, ast.Import):
            names += [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [(str(node.module), alias.name) for alias in node.names]
    return names


def test_each_page_shows_a_program() -> None:
    assert len(SNIPPETS) >= len(PAGES)


@pytest.mark.parametrize("code", SNIPPETS)
def test_a_shown_program_needs_nothing_but_the_package_and_a_kafka_client(code: str) -> None:
    for module, name in imported(code):
        package = module.partition(".")[0]
        assert package in {"phieu_schemas", "aiokafka"} or package in sys.stdlib_module_names
        assert name is None or hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("code", SNIPPETS)
def test_a_shown_program_has_twenty_lines_at_most(code: str) -> None:
    assert len([line for line in code.splitlines() if line.strip()]) <= 20


def test_the_shown_programs_pass_a_strict_type_checker(tmp_path: Path) -> None:
    for number, snippet in enumerate(SNIPPETS):
        (tmp_path / f"shown_{number}.py").write_text(str(snippet.values[0]))
    untyped_client = "--disable-error-code=import-untyped"
    said, complaints, code = api.run(
        ["--strict", untyped_client, "--config-file=", f"--cache-dir={tmp_path}", str(tmp_path)]
    )
    assert code == 0, said + complaints


def test_the_package_depends_on_pydantic_alone() -> None:
    assert [re.split(r"[<>=~! ]", need)[0] for need in requires("phieu-schemas") or []] == ["pydantic"]


def test_the_package_is_typed_for_subscribers() -> None:
    assert (files("phieu_schemas") / "py.typed").is_file()


def test_what_the_package_offers_is_written_out() -> None:
    offered = phieu_schemas.__all__
    assert len(offered) == len(set(offered))
    assert all(hasattr(phieu_schemas, name) for name in offered)
