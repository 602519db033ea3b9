"""Looks at the folders of the brands, and judges one only when it has stopped changing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.policy.faults import PolicyNotLoadable
from services.policy.loader import FILE, LoadedBrand, load_folder
from services.policy.reading import MAX_BYTES

HIDDEN = ("_", ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A folder at a look: its bytes' mark, and once two looks agreed the brand that it is, or what is wrong."""

    mark: str
    loaded: LoadedBrand | None = None
    faults: tuple[str, ...] = ()

    @property
    def is_judged(self) -> bool:
        """Whether it had stopped changing."""
        return self.loaded is not None or bool(self.faults)


class Folders:
    """The folder with one sub-folder per brand; remembers its last look."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.found: Mapping[str, Found] = {}

    def look(self) -> Mapping[str, Found]:
        """What lies there now, by name; raises OSError."""
        before = self.found
        self.found = {folder.name: _looked(folder, before.get(folder.name)) for folder in self._folders()}
        return self.found

    def _folders(self) -> Iterator[Path]:
        return (path for path in sorted(self.root.iterdir()) if not path.name.startswith(HIDDEN) and _is_folder(path))


def _is_folder(path: Path) -> bool:
    """Whether it is a folder, or something that only the judgement can say more of: one holds up no other."""
    try:
        return path.is_dir()
    except OSError:
        return True


def _looked(folder: Path, before: Found | None) -> Found:
    mark = _mark(folder)
    if before is None or before.mark != mark:
        return Found(mark=mark)
    if before.is_judged:
        return before
    judged = _judged(folder, mark)
    # What was judged is what was looked at, or it changed while it was being read.
    return judged if _mark(folder) == mark else Found(mark="")


def _judged(folder: Path, mark: str) -> Found:
    try:
        return Found(mark=mark, loaded=load_folder(folder))
    except PolicyNotLoadable as refusal:
        return Found(mark=mark, faults=tuple(str(fault) for fault in refusal.faults))


def _mark(folder: Path) -> str:
    file = folder / FILE
    try:
        # To open a pipe would wait for whoever writes into it.
        if not file.is_file():
            return "no file"
        with file.open("rb") as stream:
            return hashlib.sha256(stream.read(MAX_BYTES + 1)).hexdigest()
    except OSError as error:
        return type(error).__name__
