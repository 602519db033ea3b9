"""The bytes of all bodies together have a bound."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from services.intake.adapters.hands import Hands
from services.runtime.errors import BusyError
from services.runtime.http import body_of
from tests.unit.intake.test_bodies import request


def sent(size: int) -> Request:
    """A request with a body of so many bytes, in chunks of ten."""
    return request(bytes(size), "application/json", chunk=10)


async def test_a_body_counts_as_it_arrives_and_until_the_work_on_it_ends() -> None:
    hands = Hands(100)
    with hands.taking(sent(70)) as first:
        assert hands.held == 0
        assert len(await body_of(first, 1000)) == 70
        with pytest.raises(BusyError), hands.taking(sent(70)) as second:
            await body_of(second, 1000)
        assert hands.held == 70
    assert hands.held == 0


async def test_what_was_refused_makes_room_for_who_comes_next() -> None:
    hands = Hands(100)
    for _ in range(3):
        with pytest.raises(BusyError), hands.taking(sent(110)) as too_much:
            await body_of(too_much, 1000)
    with hands.taking(sent(100)) as one:
        assert len(await body_of(one, 1000)) == 100


async def test_the_request_stays_itself() -> None:
    whole = sent(1)
    with Hands(100).taking(whole) as counted:
        assert (counted.scope, counted.headers) == (whole.scope, whole.headers)
