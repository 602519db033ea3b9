"""The master key: wraps the others, each bound to its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from services.runtime.keys import MasterKey

NAME, KEY = "6d0b6ad6-90b0-4f0e-8a51-5f2f7d3f0c11", b"k" * 32


def master(folder: Path, material: str = "ab" * 32) -> MasterKey:
    file = folder / "master.key"
    file.write_text(material + "\n")
    return MasterKey(file)


def test_a_wrapped_key_is_unwrapped_under_its_name(tmp_path: Path) -> None:
    own = master(tmp_path)
    assert own.unwrap(NAME, own.wrap(NAME, KEY)) == KEY


def test_a_wrapped_key_hides_the_key(tmp_path: Path) -> None:
    own = master(tmp_path)
    assert KEY not in own.wrap(NAME, KEY)
    assert own.wrap(NAME, KEY) != own.wrap(NAME, KEY)


def test_a_wrapped_key_that_was_moved_to_another_name_does_not_open(tmp_path: Path) -> None:
    own = master(tmp_path)
    with pytest.raises(InvalidTag):
        own.unwrap("another", own.wrap(NAME, KEY))


def test_another_master_key_opens_nothing(tmp_path: Path) -> None:
    wrapped = master(tmp_path).wrap(NAME, KEY)
    with pytest.raises(InvalidTag):
        master(tmp_path, "cd" * 32).unwrap(NAME, wrapped)


@pytest.mark.parametrize("material", ["", "ab" * 16, "ab" * 33, "not hexadecimal"])
def test_a_file_that_holds_no_key_stops_the_start(tmp_path: Path, material: str) -> None:
    with pytest.raises(ValueError, match=r"hexadecimal"):
        master(tmp_path, material)
