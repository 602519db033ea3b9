"""Private links and requester ids."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.runtime.links import opens, requester_id, ticket_of, token_of

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
TICKET = UUID("0b0c5a52-3a3e-4d0f-9a55-6c6f1f0a7a01")
OTHER = UUID("11111111-1111-4111-8111-111111111111")


def test_a_link_is_43_letters_that_name_their_ticket() -> None:
    token = token_of(KEY, TICKET)
    assert (len(token), "=" in token, ticket_of(token)) == (43, False, TICKET)


def test_a_link_opens_its_own_ticket_only() -> None:
    token = token_of(KEY, TICKET)
    assert opens(KEY, token, TICKET)
    assert not opens(KEY, token, OTHER)
    assert not opens(OTHER_KEY, token, TICKET)


def test_a_renewed_link_takes_the_old_one_away() -> None:
    renewed = token_of(KEY, TICKET, 2)
    assert opens(KEY, renewed, TICKET, 2)
    assert not opens(KEY, token_of(KEY, TICKET), TICKET, 2)
    assert not opens(KEY, renewed, TICKET)


def test_no_letter_of_a_link_can_be_changed() -> None:
    token = token_of(KEY, TICKET)
    for place, letter in enumerate(token):
        forged = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        assert not opens(KEY, forged, TICKET)


@pytest.mark.parametrize("token", ["", "short", "!" * 43, "á" * 43, "A" * 42, "A" * 44, "A" * 1_000])
def test_what_cannot_be_a_link_names_no_ticket(token: str) -> None:
    assert ticket_of(token) is None
    assert not opens(KEY, token, TICKET)


def test_one_address_is_one_requester_however_it_is_typed() -> None:
    spellings = ["an.nguyễn@example.vn", " An.Nguyễn@Example.VN ", "an.nguyê\u0303n@example.vn"]
    assert len({requester_id(KEY, spelling) for spelling in spellings}) == 1


def test_two_brands_do_not_share_a_requester() -> None:
    assert requester_id(KEY, "an@example.vn") != requester_id(OTHER_KEY, "an@example.vn")
    assert requester_id(KEY, "an@example.vn") != requester_id(KEY, "anh@example.vn")
