"""Every sentence exists in both languages, and every template finds its sentences."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from services.web.pages.site import TEMPLATES
from services.web.pages.texts import TEXTS, language_of, say

VIETNAMESE = re.compile("[ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.IGNORECASE)
SAME_EVERYWHERE = {"other_language"}


def names_in(text: str) -> set[str]:
    """The values that a sentence asks for."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("slug", sorted(TEXTS))
def test_both_languages_say_the_same_values(slug: str) -> None:
    vi, en = TEXTS[slug]
    assert names_in(vi) == names_in(en)


@pytest.mark.parametrize("slug", sorted(TEXTS.keys() - SAME_EVERYWHERE))
def test_the_first_is_vietnamese_and_the_second_is_not(slug: str) -> None:
    vi, en = TEXTS[slug]
    assert vi != en
    assert not VIETNAMESE.search(en)


def test_every_sentence_that_a_template_names_exists() -> None:
    named = {slug for path in TEMPLATES.iterdir() for slug in re.findall(r"\bt\('(\w+)'", path.read_text())}
    assert len(named) > 40
    assert named <= TEXTS.keys()


def test_every_page_in_words_has_its_title() -> None:
    assert {slug for slug in TEXTS if f"{slug}_title" in TEXTS} >= {"not_found", "unavailable", "broken", "away"}


def test_the_reader_s_wish_is_followed_if_it_is_a_language_of_ours() -> None:
    assert language_of(None, "en") == "en"
    assert language_of("fr", None) == "vi"
    assert say("send", "en") == "Send request"
