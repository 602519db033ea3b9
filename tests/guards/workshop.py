"""A copy of the tree in which guards are taken out and put back."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.guards.listed import Guard

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("infra", "schemas", "services", "tests")
FAILED = re.compile(r"^(?:FAILED|ERROR) \S+?::(.+?)(?: - .*)?$", re.MULTILINE)
SECONDS = 300


class NotInPlaceError(Exception):
    """The text of a guard does not stand once in its file: the list is behind the code."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run of tests ended: the first that failed, or None; and how long it took."""

    failed: str | None
    seconds: float
    said: str


@dataclass(frozen=True, slots=True)
class Workshop:
    """The copy, and the environment that its tests run in."""

    folder: Path
    env: Mapping[str, str]

    def fill(self) -> None:
        """Copy what the tests need."""
        for name in COPIED:
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, self.folder / name, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", self.folder)

    @contextmanager
    def without(self, guard: Guard) -> Iterator[None]:
        """The tree as if nobody had thought of this guard."""
        file = self.folder / guard.file
        whole = file.read_text(encoding="utf-8")
        must_stand_once(guard, whole)
        file.write_text(whole.replace(guard.text, guard.instead), encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(whole, encoding="utf-8")

    def run(self, tests: Sequence[str]) -> Verdict:
        """Run these tests up to the first failure."""
        began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        env = {**os.environ, **self.env, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        found = FAILED.search(done.stdout)
        failed = (found[1] if found else f"pytest ended with {done.returncode}") if done.returncode else None
        return Verdict(failed, time.monotonic() - began, done.stdout + done.stderr)


def must_stand_once(guard: Guard, text: str) -> None:
    """Refuse a guard that the code does not have, or has twice."""
    if text.count(guard.text) != 1:
        raise NotInPlaceError(f"{guard.name}: its text stands {text.count(guard.text)} times in {guard.file}")
