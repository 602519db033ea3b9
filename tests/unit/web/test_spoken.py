"""Numbers, sizes and times are said as people say them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.web.pages.spoken import number_said, size_said, time_said

MONDAY_NIGHT = datetime(2026, 12, 6, 17, 30, tzinfo=UTC)


def test_a_number_is_grouped_for_reading_it_out() -> None:
    assert number_said("4821093756") == "4821 093 756"


@pytest.mark.parametrize(
    ("size", "vi", "en"),
    [
        (2 * 1024 * 1024, "2 MB", "2 MB"),
        (1_500_000, "1,4 MB", "1.4 MB"),
        (3000, "3 KB", "3 KB"),
        (7, "7 byte", "7 bytes"),
    ],
)
def test_a_size_is_shown_as_file_managers_show_it(size: int, vi: str, en: str) -> None:
    assert (size_said(size, "vi"), size_said(size, "en")) == (vi, en)


def test_a_time_is_on_the_brand_s_clock_and_calendar() -> None:
    assert time_said(MONDAY_NIGHT, "Asia/Ho_Chi_Minh", "vi") == "00:30, thứ Hai 07/12/2026"
    assert time_said(MONDAY_NIGHT, "Europe/Berlin", "en") == "18:30, Sunday 6 December 2026"


def test_a_time_zone_that_does_not_exist_is_read_as_vietnam_s() -> None:
    assert time_said(MONDAY_NIGHT, "Mars/Olympus", "vi") == "00:30, thứ Hai 07/12/2026"
