"""Blank and clean are what the Unicode categories say, sign by sign."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.policy.syntax import is_blank, is_clean

FIRST_PLANE = [chr(code) for code in range(0x10000)]
SIGNS = st.one_of(
    st.characters(exclude_categories=()), st.sampled_from("\n\t\r\x00\x85\u2028\u2029\u200b\u00a0\u00ad\ud800 a")
)
TEXTS = st.one_of(st.text(SIGNS), st.text(SIGNS, min_size=30).map(lambda text: f"chữ {text}"))


def blank_by_category(text: str) -> bool:
    return all(category(sign)[0] in "ZC" for sign in text)


def clean_by_category(text: str, *, lines: bool) -> bool:
    refused = {"Cc", "Cs"} if lines else {"Cc", "Cs", "Zl", "Zp"}
    return not any(category(sign) in refused and not (lines and sign in "\n\t") for sign in text)


def test_every_sign_of_the_first_plane_is_blank_as_its_category_says() -> None:
    assert [sign for sign in FIRST_PLANE if is_blank(sign) != blank_by_category(sign)] == []


@pytest.mark.parametrize("lines", [True, False])
def test_every_sign_of_the_first_plane_is_clean_as_its_category_says(*, lines: bool) -> None:
    odd = [sign for sign in FIRST_PLANE if is_clean(sign, lines=lines) != clean_by_category(sign, lines=lines)]
    assert odd == []


@given(text=TEXTS, lines=st.booleans())
def test_a_text_is_what_its_signs_are(text: str, *, lines: bool) -> None:
    assert is_blank(text) == blank_by_category(text)
    assert is_clean(text, lines=lines) == clean_by_category(text, lines=lines)
