"""Looking at the folders of the brands: only what has stopped changing is judged."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from services.policy.loader import LoadedBrand, load_folder
from services.policy.reading import MAX_BYTES
from services.registry.adapters.folders import Folders
from tests.unit.policy.sample import SAMPLE, changed, folder

WHOLE = json.dumps(SAMPLE)
NEXT = json.dumps(changed("version.id", "mau-2"))


def version(looked: Folders) -> str | None:
    """The version that the brand's folder loads as at the next look, if it does."""
    found = looked.look()["mau"]
    return found.loaded.version if found.loaded else None


def test_a_folder_is_taken_up_at_the_second_look(tmp_path: Path) -> None:
    folder(tmp_path, WHOLE)
    looked = Folders(tmp_path)
    assert [version(looked) for _ in range(3)] == [None, "mau-1", "mau-1"]


def test_a_copy_in_progress_is_never_judged(tmp_path: Path) -> None:
    looked = Folders(tmp_path)
    for length in range(0, len(WHOLE), 200):
        shutil.rmtree(tmp_path / "mau", ignore_errors=True)
        folder(tmp_path, WHOLE[:length])
        assert not looked.look()["mau"].is_judged


def test_a_change_is_taken_up_when_it_has_stopped(tmp_path: Path) -> None:
    file = folder(tmp_path, WHOLE) / "policy.yaml"
    looked = Folders(tmp_path)
    looked.look()
    assert version(looked) == "mau-1"
    file.write_text(NEXT)
    assert [version(looked) for _ in range(2)] == [None, "mau-2"]


def test_what_changes_while_it_is_read_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder(tmp_path, WHOLE) / "policy.yaml"
    looked = Folders(tmp_path)
    looked.look()

    def overtaken(path: Path) -> LoadedBrand:
        loaded = load_folder(path)
        file.write_text(NEXT)
        return loaded

    monkeypatch.setattr("services.registry.adapters.folders.load_folder", overtaken)
    assert version(looked) is None
    monkeypatch.undo()
    assert [version(looked) for _ in range(2)] == [None, "mau-2"]


def test_a_folder_that_does_not_load_says_all_that_is_wrong(tmp_path: Path) -> None:
    content = changed("brand.locale", "Vietnamese") | {"format": "other"}
    folder(tmp_path, json.dumps(content))
    looked = Folders(tmp_path)
    looked.look()
    found = looked.look()["mau"]
    assert found.loaded is None
    assert [fault.partition(":")[0] for fault in found.faults] == ["format", "brand.locale"]


def test_what_was_judged_is_not_read_again(tmp_path: Path) -> None:
    folder(tmp_path, WHOLE)
    folder(tmp_path, "{}", brand="broken")
    looked = Folders(tmp_path)
    looked.look()
    first, again = looked.look(), looked.look()
    assert all(first[name] is again[name] for name in ("mau", "broken"))


def test_a_folder_without_a_policy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    looked = Folders(tmp_path)
    looked.look()
    assert looked.look()["empty"].faults == ("is not there",)


def test_a_pipe_in_place_of_the_policy_keeps_nobody_waiting(tmp_path: Path) -> None:
    folder(tmp_path, WHOLE)
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "policy.yaml")
    looked = Folders(tmp_path)
    looked.look()
    assert looked.look()["pipe"].faults == ("is not there",)
    assert version(looked) == "mau-1"


def test_a_folder_that_cannot_be_entered_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path, WHOLE)
    folder(tmp_path, WHOLE, brand="closed")
    stat = Path.stat

    def closed(path: Path, **how: bool) -> os.stat_result:
        if "closed" in path.parts:
            raise PermissionError(13, "Permission denied")
        return stat(path, **how)

    monkeypatch.setattr(Path, "stat", closed)
    looked = Folders(tmp_path)
    looked.look()
    assert looked.look()["closed"].faults == ("cannot be read: Permission denied",)
    assert version(looked) == "mau-1"


def test_links_are_followed_and_one_that_leads_nowhere_is_no_brand(tmp_path: Path) -> None:
    elsewhere = folder(tmp_path, WHOLE, brand="_versions")
    (tmp_path / "mau").symlink_to(elsewhere)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "policy.yaml").symlink_to(elsewhere / "policy.yaml")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    looked = Folders(tmp_path)
    looked.look()
    assert {name: one.loaded is not None for name, one in looked.look().items()} == {"mau": True, "linked": True}


def test_only_the_start_of_an_oversized_file_is_read(tmp_path: Path) -> None:
    file = folder(tmp_path, "") / "policy.yaml"
    with file.open("wb") as stream:
        stream.truncate(50 * MAX_BYTES)
    looked = Folders(tmp_path)
    looked.look()
    assert looked.look()["mau"].faults == (f"is larger than {MAX_BYTES} bytes",)


def test_only_folders_that_are_not_hidden_are_brands(tmp_path: Path) -> None:
    for name in ("_draft", ".git", "mau"):
        (tmp_path / name).mkdir()
    (tmp_path / "README.md").touch()
    assert set(Folders(tmp_path).look()) == {"mau"}


def test_a_folder_that_is_gone_is_not_found(tmp_path: Path) -> None:
    gone = folder(tmp_path, WHOLE)
    looked = Folders(tmp_path)
    looked.look()
    shutil.rmtree(gone)
    assert looked.look() == {}
