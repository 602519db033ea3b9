"""The import contracts are kept by the tree and refuse what is planted in a copy of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

STRAY_MODULES = (
    "services.intake.shortcuts",
    "services.query.shortcuts",
    "services.registry.shortcuts",
    "services.web.shortcuts",
    "services.runtime.shortcuts",
    "services.policy.shortcuts",
    "infra.local.shortcuts",
    "services.extra",
)
WRONG_IMPORTS = (
    ("services.intake.api", "services.query.store"),
    ("services.intake.commands", "services.intake.decide"),
    ("services.registry.state", "services.registry.store"),
    ("services.query.project", "services.query.store"),
    ("services.web.adapters", "services.web.pages"),
    ("services.runtime.postgres", "services.runtime.reader"),
    ("services.policy.form", "services.policy.loader"),
    ("infra.local.folder", "infra.local.stack"),
    ("services.intake.decide", "asyncio"),
    ("services.registry.state", "opentelemetry"),
    ("services.query.project", "psycopg"),
    ("services.runtime.planted", "services.policy"),
    ("services.policy.planted", "services.runtime"),
    ("services.runtime.planted", "services.intake"),
    ("services.runtime.planted", "faststream"),
    ("services.runtime.planted", "aiokafka"),
    ("services.web.adapters", "cryptography"),
    ("services.runtime.planted", "infra"),
    ("services.runtime.planted", "tests"),
    ("phieu_schemas.planted", "services.runtime"),
    ("infra.local.planted", "services.runtime"),
)
CYCLE = ("services.runtime.hen", "services.runtime.egg")


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}:{root / 'schemas'}", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def write(root: Path, module: str, line: str) -> None:
    """Append a line to a module of the copy, wherever that module lies today."""
    path = root / "schemas" if module.startswith("phieu_schemas") else root
    path = path.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "__init__.py").touch()
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy")
    for room in ("services", "infra", "schemas"):
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@pytest.fixture(scope="module")
def refused(copy: Path) -> str:
    for module in STRAY_MODULES:
        write(copy, module, "")
    for importer, imported in (*WRONG_IMPORTS, CYCLE, CYCLE[::-1]):
        write(copy, imported, "") if "." in imported else None
        write(copy, importer, f"import {imported}")
    done = lint(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_the_tree_keeps_every_contract() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", STRAY_MODULES)
def test_a_stray_module_is_refused(refused: str, module: str) -> None:
    assert f"- {module}\n" in refused


@pytest.mark.parametrize(("importer", "imported"), WRONG_IMPORTS)
def test_a_wrong_import_is_refused(refused: str, importer: str, imported: str) -> None:
    assert f"{importer} -> {imported} " in refused


def test_two_files_that_lean_on_each_other_are_refused(refused: str) -> None:
    assert "- .hen -> .egg" in refused or "- .egg -> .hen" in refused
