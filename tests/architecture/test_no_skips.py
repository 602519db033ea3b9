"""Tests of the plugin that refuses unlisted skips, each on a pytest run of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

SKIPPED_TEST = 'import pytest\ndef test_a(): pass\ndef test_b(): pytest.skip("no time")\n'
SKIPPED_FILE = 'import pytest\npytest.skip("not here", allow_module_level=True)\n'
EXPECTED_FAILURE = "import pytest\n@pytest.mark.xfail\ndef test_a(): assert 0\n"
GREEN = "def test_a(): pass\n"


def run(folder: Path, test_file: str, listed: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text(test_file)
    (folder / "tests" / "skips.txt").write_text(listed)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p tests.no_skips\n")
    return subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "tests"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("test_file", [SKIPPED_TEST, SKIPPED_FILE, EXPECTED_FAILURE])
def test_a_skip_fails_the_run_and_says_what_to_do(tmp_path: Path, test_file: str) -> None:
    done = run(tmp_path, test_file)
    assert done.returncode != 0
    assert "SKIPPED WITHOUT LEAVE tests/test_it.py" in done.stdout
    assert "list it in tests/skips.txt with a reason" in done.stdout


def test_a_listed_skip_passes(tmp_path: Path) -> None:
    done = run(tmp_path, SKIPPED_TEST, "# a list\ntests/test_it.py::test_b  # needs a moon\n")
    assert done.returncode == 0, done.stdout


def test_a_list_line_without_a_reason_stops_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, GREEN, "tests/test_it.py::test_b\n")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "say why" in done.stderr


def test_a_run_without_skips_passes(tmp_path: Path) -> None:
    assert run(tmp_path, GREEN).returncode == 0
