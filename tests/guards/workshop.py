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
SECONDS = 600.0


class NotInPlaceError(Exception):
    """The text of a guard does not stand once in its file: the list is behind the code."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run of tests ended: the first that failed, or None; how long it took; whether no test is to blame."""

    failed: str | None
    seconds: float
    said: str
    is_unclear: bool = False


@dataclass(frozen=True, slots=True)
class Workshop:
    """The copy, and the environment that its tests run in."""

    folder: Path
    env: Mapping[str, str]
    patience_seconds: float = SECONDS

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
        with subprocess.Popen(
            command, cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as running:
            try:
                said, _ = running.communicate(timeout=self.patience_seconds)
            except subprocess.TimeoutExpired:
                running.kill()
                said, _ = running.communicate()
                late = f"pytest did not end within {self.patience_seconds:.0f} s"
                return Verdict(late, time.monotonic() - began, said, is_unclear=True)
        found = FAILED.search(said) if running.returncode else None
        ended = f"pytest ended with {running.returncode}" if running.returncode else None
        is_unclear = bool(ended) and found is None
        return Verdict(found[1] if found else ended, time.monotonic() - began, said, is_unclear=is_unclear)


def must_stand_once(guard: Guard, text: str) -> None:
    """Refuse a guard that the code does not have, or has twice."""
    if text.count(guard.text) != 1:
        raise NotInPlaceError(f"{guard.name}: its text stands {text.count(guard.text)} times in {guard.file}")
