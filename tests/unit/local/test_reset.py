"""`reset` deletes the data and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local import reset as room
from infra.local.folder import Folder
from infra.local.reset import reset


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A folder with data, secrets and downloads."""
    folder = Folder(path=tmp_path / "data").make()
    jars = folder.kafka / "libs"
    monkeypatch.setattr(room, "KEPT", {jars})
    for file in (jars / "kafka.jar", folder.kafka / "log" / "segment", folder.secrets / "key", folder.path / "ports"):
        file.parent.mkdir(exist_ok=True)
        file.write_text("x")
    return folder


def left(folder: Folder) -> set[str]:
    return {path.name for path in folder.path.rglob("*") if path.is_file()} - {"lock"}


def test_the_data_goes_and_the_downloads_stay(folder: Folder) -> None:
    assert reset(folder, is_sure=True) == 0
    assert left(folder) == {"kafka.jar"}


@pytest.mark.parametrize("answer", ["", "n", "what?"])
def test_nothing_goes_without_a_yes(folder: Folder, answer: str) -> None:
    before = left(folder)
    assert reset(folder, is_sure=False, ask=lambda _question: answer) == 1
    assert left(folder) == before


def test_a_yes_is_enough(folder: Folder) -> None:
    assert reset(folder, is_sure=False, ask=lambda _question: "Y") == 0
    assert left(folder) == {"kafka.jar"}


def test_where_nothing_is_there_is_nothing_to_delete(tmp_path: Path) -> None:
    assert reset(Folder(path=tmp_path / "never"), is_sure=False) == 0
    assert not (tmp_path / "never").exists()
