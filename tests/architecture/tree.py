"""The repository as data: what the rules of this folder look at, found from the tree itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOPS = (".ci", "docs", "infra", "schemas", "services", "tests")
GENERATED = ("build", "dist")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Python file."""

    path: str
    room: str
    text: str
    module: ast.Module

    @property
    def lines(self) -> int:
        """Lines of the file."""
        return len(self.text.splitlines())

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, nested ones too."""
        for node in ast.walk(self.module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@dataclass(frozen=True)
class Tree:
    """A checkout."""

    root: Path = ROOT

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Paths of the files that people wrote, relative to the root."""
        found = [*self.root.glob("*"), *(path for top in TOPS for path in (self.root / top).rglob("*"))]
        return tuple(path.relative_to(self.root).as_posix() for path in sorted(found) if self._is_written(path))

    def _is_written(self, path: Path) -> bool:
        parts = path.relative_to(self.root / ".ci" if ".ci" in path.parts else self.root).parts
        hidden = any(part.startswith((".", "__pycache__")) or part.endswith(".egg-info") for part in parts)
        return path.is_file() and not hidden and not set(parts) & set(GENERATED)

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The Python files, parsed."""
        return tuple(self._source(path) for path in self.files if path.endswith(".py"))

    def _source(self, path: str) -> Source:
        text = self.text(path)
        return Source(path=path, room=room_of(path), text=text, module=ast.parse(text, path))

    def text(self, path: str) -> str:
        """What a file says; bytes that are no text are replaced."""
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def folders(self, below: str) -> tuple[str, ...]:
        """Names of the folders of a folder that hold a written file."""
        inside = [path.split("/") for path in self.files if path.startswith(f"{below}/")]
        depth = below.count("/") + 1
        return tuple(sorted({parts[depth] for parts in inside if len(parts) > depth + 1}))


def room_of(path: str) -> str:
    """The room of a file: `schemas`, or the first folder of `services`, `infra`, `tests`."""
    parts = path.split("/")
    return parts[0] if parts[0] in {"schemas", "docs"} or len(parts) == 2 else "/".join(parts[:2])
