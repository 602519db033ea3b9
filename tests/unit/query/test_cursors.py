"""A cursor brings its reader back to where the page ended, and anything else is told apart."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.query.api.cursors import PLACE, _check, cursor_of, place_of
from services.runtime.errors import Refused

AT = datetime(2026, 11, 23, 5, 0, 0, 123_457, tzinfo=UTC)
TICKET = UUID("0b0c5a52-3a3e-4d0f-9a55-6c6f1f0a7a01")
CURSOR = cursor_of(AT, TICKET, "congsoxanh")


def test_a_cursor_comes_back_as_its_place() -> None:
    assert place_of(CURSOR, "congsoxanh") == (AT, TICKET)


def test_a_cursor_of_another_listing_is_refused() -> None:
    with pytest.raises(Refused, match="cursor-not-valid"):
        place_of(CURSOR, "congsoxanh erased")


@pytest.mark.parametrize("index", range(len(CURSOR)))
def test_a_cursor_with_any_letter_changed_is_refused(index: int) -> None:
    other = "A" if CURSOR[index] != "A" else "B"
    with pytest.raises(Refused, match="cursor-not-valid"):
        place_of(CURSOR[:index] + other + CURSOR[index + 1 :], "congsoxanh")


@pytest.mark.parametrize("cursor", ["", "x", CURSOR[:-4], CURSOR + "AAAA", CURSOR + "!", "á" * 44, "A" * 44])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Refused, match="cursor-not-valid"):
        place_of(cursor, "congsoxanh")


@pytest.mark.parametrize("microseconds", [2**63 - 1, -(2**63)])
def test_a_time_that_no_calendar_has_is_refused(microseconds: int) -> None:
    place = PLACE.pack(microseconds, TICKET.bytes)
    with pytest.raises(Refused, match="cursor-not-valid"):
        place_of(urlsafe_b64encode(place + _check(place, "congsoxanh")).decode(), "congsoxanh")
