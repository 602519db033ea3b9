"""What a brand has declared, fact by fact."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce

import pytest

from phieu_schemas import Brand, NotFoldableError, Recorded, Skipped, evolve_brand
from phieu_schemas.testing import (
    NOON,
    again,
    api_key_issued,
    api_key_revoked,
    policy_activated,
    received,
)

KEY = "k4mzt2wqh7ab"
FIRST, SECOND = policy_activated(), policy_activated(sequence=3, version="congsoxanh-2")


def declared(*events: Recorded | Skipped) -> Brand:
    brand = reduce(evolve_brand, events, None)
    assert brand is not None
    return brand


def test_before_its_first_policy_a_brand_has_none() -> None:
    brand = declared(api_key_issued(sequence=1))
    assert (brand.active_policy, brand.policy_at(1)) == (None, None)


def test_an_activated_policy_is_kept_whole() -> None:
    policy = declared(FIRST).active_policy
    assert policy is not None
    fact = FIRST.fact
    assert (policy.sequence, policy.version, policy.format) == (1, "congsoxanh-1", "support-policy/1")
    assert (policy.hash, policy.content, policy.known_from) == (fact.hash, fact.content, NOON)  # type: ignore[attr-defined]  # a PolicyActivated


def test_the_newest_policy_is_in_force_and_the_older_ones_are_remembered() -> None:
    brand = declared(FIRST, api_key_issued(), SECOND, api_key_revoked(sequence=4))
    assert brand.active_policy is brand.policies[1]
    assert [brand.policy_at(sequence) for sequence in range(5)] == [
        None,
        brand.policies[0],
        brand.policies[0],
        brand.policies[1],
        brand.policies[1],
    ]


def test_an_issued_key_opens_until_it_expires() -> None:
    brand = declared(FIRST, api_key_issued(expires_at=NOON))
    key = brand.keys[KEY]
    assert (key.key_id, key.hash, key.name, key.scopes) == (
        KEY,
        "9f" * 32,
        "billing",
        ("tickets:write", "tickets:read"),
    )
    assert key.opens_at(NOON - timedelta(microseconds=1))
    assert not key.opens_at(NOON)


def test_a_key_without_an_end_opens_at_any_time() -> None:
    assert declared(FIRST, api_key_issued()).keys[KEY].opens_at(NOON + timedelta(days=36_500))


def test_a_revoked_key_opens_nothing_and_is_remembered() -> None:
    brand = declared(FIRST, api_key_issued(), api_key_revoked())
    assert brand.keys == {}
    assert not brand.api_keys[KEY].opens_at(NOON)
    assert brand.api_keys[KEY].name == "billing"


def test_one_key_is_revoked_and_the_others_stay() -> None:
    other = api_key_issued(sequence=3, key_id="aaaaaaaaaaaa")
    assert list(declared(FIRST, api_key_issued(), other, api_key_revoked(sequence=4)).keys) == ["aaaaaaaaaaaa"]


def test_a_type_never_heard_of_takes_its_place_in_its_row() -> None:
    brand = declared(FIRST, Skipped(again(FIRST, sequence=2).envelope), SECOND)
    assert (brand.brand, brand.sequence, len(brand.policies)) == ("congsoxanh", 3, 2)


@pytest.mark.parametrize(
    ("story", "event"),
    [
        ((), api_key_issued(sequence=2)),
        ((FIRST,), FIRST),
        ((FIRST,), SECOND),
        ((FIRST,), api_key_revoked(sequence=2)),
        ((FIRST,), api_key_issued("azdigi")),
        ((), received()),
    ],
)
def test_what_breaks_the_promise_of_its_writer_is_not_folded(story: tuple[Recorded, ...], event: Recorded) -> None:
    with pytest.raises(NotFoldableError):
        declared(*story, event)


def test_a_step_leaves_the_state_before_it_alone() -> None:
    before = declared(FIRST, api_key_issued())
    evolve_brand(before, api_key_revoked())
    assert before == declared(FIRST, api_key_issued())
