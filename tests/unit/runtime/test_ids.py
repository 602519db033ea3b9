"""Ids and numbers."""

from __future__ import annotations

import re

from stdnum import damm

from services.runtime.ids import derived_id, draw_number, new_id


def test_the_same_cause_has_the_same_id() -> None:
    assert derived_id("event", "POST /x", 1) == derived_id("event", "POST /x", 1)


def test_parts_do_not_run_into_each_other() -> None:
    assert derived_id("ab", "c") != derived_id("a", "bc")
    assert derived_id("event", "a", 1) != derived_id("event", "a", 2)


def test_a_derived_id_is_the_same_for_ever() -> None:
    assert str(derived_id("event", "scope", 0)) == "51e3eb9b-ad02-5f71-8068-9b68d5f7efff"


def test_fresh_ids_differ() -> None:
    assert len({new_id() for _ in range(100)}) == 100


def test_a_number_is_ten_digits_with_a_check_digit() -> None:
    for number in (draw_number() for _ in range(200)):
        assert re.fullmatch(r"[1-9][0-9]{9}", number)
        assert damm.is_valid(number)


def test_a_slip_of_the_tongue_is_noticed() -> None:
    number = draw_number()
    for place in range(10):
        wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert not damm.is_valid(wrong)
    for place in range(9):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert swapped == number or not damm.is_valid(swapped)


def test_numbers_are_drawn_and_not_counted() -> None:
    drawn = [int(draw_number()) for _ in range(50)]
    assert len(set(drawn)) == 50
    assert max(drawn) - min(drawn) > 1_000_000_000
