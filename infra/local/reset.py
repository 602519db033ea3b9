"""`reset`: delete the local data; what was downloaded stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from infra.local.folder import Folder
from infra.local.jars import JARS

KEPT = {JARS, JARS.parent / "libs.lock"}


def reset(folder: Folder, *, is_sure: bool, ask: Callable[[str], str] = input) -> int:
    """Delete after asking; 1 when the person does not want it."""
    if not folder.path.exists():
        print(f"There is nothing in {folder.path}.")
        return 0
    with folder.held():
        if not is_sure and ask(f"Delete all local data in {folder.path}? [y/N] ").strip().lower() not in {"y", "yes"}:
            print("Nothing was deleted.")
            return 1
        for path in sorted(folder.path.iterdir()):
            _delete(path)
    print(f"{folder.path} is empty.")
    return 0


def _delete(path: Path) -> None:
    if path in KEPT or path.name == "lock":
        return
    if not path.is_dir():
        path.unlink()
    elif any(kept.is_relative_to(path) for kept in KEPT):
        for inside in path.iterdir():
            _delete(inside)
    else:
        shutil.rmtree(path)
