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


@pytest.mark.parametrize(
    "spellings",
    [
        ["an.nguyễn@example.vn", " An.Nguyễn@Example.VN ", "an.nguyê\u0303n@example.vn"],
        ["an@thư-viện.vn", "An@THƯ-VIỆN.VN", "an@thu\u031b-vie\u0323\u0302n.vn", "an@xn--th-vin-4zb3960d.vn"],
        ["an@bücher.example", "an@xn--bcher-kva.example", "AN@XN--BCHER-KVA.EXAMPLE"],
        ["0912 345 678", "+84912345678", "(+84) 912.345.678", "84 912-345-678", "0084912345678", "+84 (0)912 345 678"],
        ["024 3974 3179", "+84 24 3974 3179"],
    ],
    ids=lambda spellings: str(spellings[0]),
)
def test_one_address_is_one_requester_however_it_is_typed(spellings: list[str]) -> None:
    assert len({requester_id(KEY, spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    "people",
    [
        ["0912345678", "0912345679", "+1 912345678", "+49 912 345 678", "912345678x"],
        ["an@example.vn", "an@example.com", "an@an@example.vn", "0912345678@example.vn", "an"],
        [str(TICKET), str(OTHER), str(TICKET)[:-1]],
        ["an@" + "b" * 70 + ".vn", "an@" + "b" * 71 + ".vn"],
    ],
    ids=lambda people: str(people[0]),
)
def test_two_addresses_are_two_requesters(people: list[str]) -> None:
    assert len({requester_id(KEY, person) for person in people}) == len(people)


def test_two_brands_do_not_share_a_requester() -> None:
    assert requester_id(KEY, "an@example.vn") != requester_id(OTHER_KEY, "an@example.vn")
    assert requester_id(KEY, "an@example.vn") != requester_id(KEY, "anh@example.vn")
