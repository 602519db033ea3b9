"""What the person at the keyboard sees: each process' log lines behind its name."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TextIO

COLORS = (36, 33, 32, 35, 34, 96)


class Console:
    """Follows the log files; they are written by the processes themselves, so nothing is lost if nobody looks."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self.out = out
        self._read: dict[Path, int] = {}
        self._colors = itertools.cycle(COLORS)
        self._color_of: dict[str, int] = {}

    def say(self, line: str) -> None:
        """A line of the supervisor's own."""
        print(line, file=self.out, flush=True)

    def follow(self, name: str, log: Path) -> None:
        """Print the whole lines that were written since the last time."""
        with log.open("rb") as file:
            file.seek(self._read.get(log, 0))
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read[log] = self._read.get(log, 0) + len(whole)
        for line in whole.decode(errors="replace").splitlines():
            self.say(f"{self._prefix(name)} {line}")

    def _prefix(self, name: str) -> str:
        label = f"{name:<8} |"
        if not self.out.isatty():
            return label
        if name not in self._color_of:
            self._color_of[name] = next(self._colors)
        return f"\033[{self._color_of[name]}m{label}\033[0m"
