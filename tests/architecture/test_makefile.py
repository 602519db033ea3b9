"""The Makefile explains itself, sets up what it needs, and is what CI runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

TEXT = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z]+):(.*)$", TEXT, re.MULTILINE)
NEEDS_NOTHING = {"help", "clean"}
NO_SETTINGS = """#!/bin/sh
[ "$2" = infra.local ] && echo "There are no settings of 'query' yet" >&2 && exit 1
echo "$2 went on"
"""
OLD_PYTHON = '#!/bin/sh\n[ "$1" = -c ] && exit 1\necho "the old Python was used" && exit 2\n'


def make(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone as far as the set-up looks at it: no environment."""
    (tmp_path / "schemas").mkdir()
    for path in ("Makefile", "requirements.txt", "requirements-dev.txt", "schemas/pyproject.toml"):
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


@pytest.fixture
def ready(clone: Path) -> Path:
    """The clone with an environment that counts as made."""
    seal = re.findall(r"touch (\S+)", make("-n", "setup", cwd=clone).stdout)[0]
    (clone / ".venv").mkdir()
    (clone / seal).touch()
    return clone


def test_make_alone_prints_every_target_with_a_sentence() -> None:
    printed = make().stdout
    for target, rest in TARGETS:
        assert "## " in rest, f"{target}: say after ## what it does"
        assert re.search(rf"^  make {target} +\S", printed, re.MULTILINE), printed


def test_every_target_is_declared_phony() -> None:
    declared = re.findall(r"^\.PHONY: (.*)$", TEXT, re.MULTILINE)[0].split()
    assert sorted(declared) == sorted(target for target, _ in TARGETS)


@pytest.mark.parametrize("target", sorted({target for target, _ in TARGETS} - NEEDS_NOTHING))
def test_a_target_makes_the_environment_first_in_a_fresh_clone(clone: Path, target: str) -> None:
    planned = make("-n", target, cwd=clone).stdout
    assert 0 <= planned.find("-m venv .venv") < planned.find("--require-hashes") < planned.find("-e schemas")


def test_a_ready_environment_is_not_made_again_until_a_pin_changes(ready: Path) -> None:
    assert "-m venv" not in make("-n", "setup", cwd=ready).stdout
    with (ready / "requirements.txt").open("a") as file:
        file.write("# another pin\n")
    assert "-m venv" in make("-n", "setup", cwd=ready).stdout


def test_an_old_python_is_refused_with_what_to_do(clone: Path) -> None:
    old = clone / "python-old"
    old.write_text(OLD_PYTHON)
    old.chmod(0o755)
    done = make("setup", f"PYTHON={old}", cwd=clone)
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stdout
    assert "make PYTHON=" in done.stdout
    assert "the old Python was used" not in done.stdout


def test_rebuild_asks_for_the_service(ready: Path) -> None:
    done = make("rebuild", cwd=ready)
    assert done.returncode != 0
    assert "make rebuild SERVICE=query" in done.stdout


def test_rebuild_ends_where_there_are_no_settings(ready: Path) -> None:
    (ready / ".venv" / "bin").mkdir()
    python = ready / ".venv" / "bin" / "python"
    python.write_text(NO_SETTINGS)
    python.chmod(0o755)
    done = make("rebuild", "SERVICE=query", cwd=ready)
    assert done.returncode != 0
    assert "no settings of 'query' yet" in done.stderr
    assert "went on" not in done.stdout


def test_the_bar_of_coverage_is_held() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage"]
    assert (settings["run"]["branch"], settings["report"]["fail_under"]) == (True, 100)
    assert {"schemas/phieu_schemas/*", "services/*/decide.py"} <= set(settings["run"]["include"])
    assert "omit" not in settings["run"] | settings["report"]
    for target in ("unit", "check", "test"):
        planned = make("-n", target).stdout
        assert 0 <= planned.find("-m coverage run -m pytest") < planned.find("-m coverage report\n")


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "\nmake test " in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_browser_is_there_before_any_test_s_time_begins() -> None:
    planned = make("-n", "test").stdout
    assert 0 <= planned.find("-m infra.local.chromium") < planned.find("-m pytest --durations")


def test_make_test_leaves_no_test_out() -> None:
    planned = make("-n", "test").stdout
    core, fast = (one.split() for one in re.findall(r"-m pytest (?:-n auto )?-q (.*)$", planned, re.MULTILINE))
    slow = re.findall(r"-m pytest --durations=10 (--ignore.*)$", planned, re.MULTILINE)[0].split()
    folders = [one for one in fast if not one.startswith("--")]
    assert fast == [*folders, *(f"--ignore={one}" for one in core)]
    assert slow == [f"--ignore={folder}" for folder in folders]
    assert all(any(one.startswith(folder) for folder in folders) for one in core)
