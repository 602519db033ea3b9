"""The admin key, and the API keys that follow from it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import UUID

import pytest

from services.registry.adapters.admin_key import AdminKey, AdminKeyTooShortError
from services.runtime.auth import API_KEY

SECRET = "a" * 32
REQUEST, OTHER = UUID(int=1), UUID(int=2)


def key_of(folder: Path, text: str = SECRET) -> AdminKey:
    """An admin key in a file."""
    file = folder / "admin-key"
    file.write_text(text)
    return AdminKey(file)


def test_only_the_whole_key_matches(tmp_path: Path) -> None:
    key = key_of(tmp_path, f"{SECRET}\n")
    assert key.matches(SECRET)
    assert not any(key.matches(wrong) for wrong in ("", SECRET[:-1], f"{SECRET}a", "ă" * 32))


def test_a_key_that_could_be_guessed_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(AdminKeyTooShortError):
        key_of(tmp_path, f"{SECRET[:-1]}\n")


def test_the_same_request_is_given_the_same_key(tmp_path: Path) -> None:
    assert key_of(tmp_path).api_key("mau", REQUEST) == key_of(tmp_path).api_key("mau", REQUEST)


def test_another_request_brand_or_admin_key_is_given_another_key(tmp_path: Path) -> None:
    key, rotated = key_of(tmp_path), key_of(tmp_path, "b" * 32)
    drawn = [
        key.api_key("mau", REQUEST),
        key.api_key("mau", OTHER),
        key.api_key("mau2", REQUEST),
        rotated.api_key("mau", REQUEST),
    ]
    assert len({one.key_id for one in drawn}) == len({one.text for one in drawn}) == 4


def test_an_api_key_is_as_the_doors_expect_it(tmp_path: Path) -> None:
    drawn = key_of(tmp_path).api_key("mau", REQUEST)
    shape = API_KEY.fullmatch(drawn.text)
    assert shape is not None
    assert shape[1] == drawn.key_id
    assert drawn.hash == hashlib.sha256(drawn.text.encode()).hexdigest()


def test_a_key_does_not_show_itself(tmp_path: Path) -> None:
    drawn = key_of(tmp_path).api_key("mau", REQUEST)
    assert drawn.text.rpartition("_")[2] not in repr(drawn)
