"""What was typed keeps its key until an outcome is certain."""

from __future__ import annotations

import json

import pytest

from services.web.pages.draft import MAX_SENT, Draft, Sent, draft_of
from services.web.pages.incoming import Posted

KEY = "3b241101-e2bb-4255-8caf-4136c566a962"


def test_a_draft_is_what_the_form_carried() -> None:
    sent = json.dumps([{"values": {"name": "A"}, "file": True}])
    draft = draft_of(Posted(fields={"key": KEY, "sent": sent, "field.name": "B", "field.phone": " ", "form": "f"}))
    assert (draft.key, draft.values) == (KEY, {"name": "B"})
    assert draft.sent == [Sent(values={"name": "A"}, file=True)]


def test_a_key_that_is_none_is_replaced_and_its_attempts_forgotten() -> None:
    draft = draft_of(Posted(fields={"key": "1; drop", "sent": '[{"values": {}}]'}))
    assert draft.key != "1; drop"
    assert draft.sent == []


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", '[{"values": 1}]', "[" * 100_000, '"x"'])
def test_attempts_that_make_no_sense_are_ignored(text: str) -> None:
    assert draft_of(Posted(fields={"key": KEY, "sent": text})).sent == []


def test_attempts_survive_the_page_and_are_few() -> None:
    draft = Draft()
    for number in range(MAX_SENT + 2):
        draft.values = {"content": str(number)}
        draft.attempted(file=False)
        draft.attempted(file=False)
    assert [one.values["content"] for one in draft.sent] == ["2", "3", "4"]
    assert draft_of(Posted(fields={"key": draft.key, "sent": draft.sent_text})).sent == draft.sent


def test_a_certain_outcome_ends_the_key() -> None:
    draft = Draft()
    key = draft.key
    draft.attempted(file=False)
    draft.renewed()
    assert draft.key != key
    assert draft.sent == []
