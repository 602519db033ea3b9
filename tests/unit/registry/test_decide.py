"""What the registry answers, as small histories."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from phieu_schemas.brand import ApiKeyIssued, ApiKeyRevoked, PolicyActivated, content_hash
from phieu_schemas.testing import NOON, api_key_issued, api_key_revoked, policy_activated, received
from services.registry.app import DECIDER
from services.registry.commands import ActivatePolicy, IssueApiKey, RevokeApiKey
from services.registry.decide import decide
from services.registry.state import INITIAL, Brand, Key, evolve
from services.runtime.errors import Refused
from tests.histories import given

KEY = "k4mzt2wqh7ab"
A: dict[str, Any] = {"version": {"id": "mau-1"}}
B: dict[str, Any] = {"version": {"id": "mau-2"}}
BOTH = ("tickets:read", "tickets:write")
NO_BRAND = given(DECIDER)
A_BRAND = given(DECIDER, policy_activated())
A_BRAND_WITH_A_KEY = given(DECIDER, policy_activated(), api_key_issued())
A_BRAND_WITH_A_REVOKED_KEY = given(DECIDER, policy_activated(), api_key_issued(), api_key_revoked())


def activate(content: dict[str, Any]) -> ActivatePolicy:
    """The folder states this."""
    version = content["version"]["id"]
    return ActivatePolicy(
        version=version, format="support-policy/1", hash=content_hash(content), content=content, at=NOON
    )


def activated(content: dict[str, Any]) -> PolicyActivated:
    """What follows from it."""
    return PolicyActivated(
        version=content["version"]["id"],
        format="support-policy/1",
        hash=content_hash(content),
        content=content,
        known_from=NOON,
    )


def issue(**changes: Any) -> IssueApiKey:
    """A key to write tickets."""
    parts: dict[str, Any] = {"key_id": KEY, "hash": "9f" * 32, "name": "billing", "scopes": ("tickets:write",)}
    return IssueApiKey(**(parts | {"expires_at": None, "at": NOON} | changes))


def issued(**changes: Any) -> ApiKeyIssued:
    """What follows from it."""
    parts: dict[str, Any] = {"key_id": KEY, "hash": "9f" * 32, "name": "billing", "scopes": ("tickets:write",)}
    return ApiKeyIssued(**(parts | {"known_from": NOON} | changes))


# --- policies ---


def test_the_first_policy_comes_into_force() -> None:
    NO_BRAND.when(activate(A)).then(activated(A))


def test_the_policy_in_force_is_not_activated_again() -> None:
    NO_BRAND.when(activate(A)).when(activate(A)).then_nothing()


def test_another_policy_takes_its_place() -> None:
    NO_BRAND.when(activate(A)).when(activate(B)).then(activated(B))


def test_a_policy_that_was_in_force_before_may_come_back() -> None:
    NO_BRAND.when(activate(A)).when(activate(B)).when(activate(A)).then(activated(A))


def test_a_version_stands_for_one_text_for_ever() -> None:
    other = A | {"more": 1}
    history = NO_BRAND.when(activate(A)).when(activate(B))
    history.when(activate(other)).refused("idempotency-key-reused")
    NO_BRAND.when(activate(A)).when(activate(other)).refused("idempotency-key-reused")
    with pytest.raises(Refused) as refused:
        decide(history.when(activate(A)).state, activate(other))
    assert all(named in refused.value.detail for named in ("mau-1", content_hash(A), content_hash(other)))


# --- keys ---


def test_a_key_is_issued_to_a_brand_that_is_known() -> None:
    A_BRAND.when(issue()).then(issued())
    NO_BRAND.when(issue()).refused("unknown-brand")


def test_a_key_is_issued_once() -> None:
    A_BRAND.when(issue()).when(issue()).then_nothing()
    A_BRAND.when(issue(scopes=BOTH)).when(issue(scopes=(*reversed(BOTH), *BOTH))).then_nothing()


@pytest.mark.parametrize(
    "changes", [{"name": "other"}, {"scopes": ("tickets:erase",)}, {"expires_at": NOON + timedelta(days=1)}]
)
def test_a_key_that_was_issued_is_not_one_for_other_things(changes: dict[str, Any]) -> None:
    A_BRAND.when(issue()).when(issue(**changes)).refused("idempotency-key-reused")
    A_BRAND.when(issue(**changes)).when(issue()).refused("idempotency-key-reused")


def test_a_key_that_was_revoked_is_not_shown_again() -> None:
    revoked = A_BRAND.when(issue()).when(RevokeApiKey(key_id=KEY, at=NOON))
    revoked.when(issue()).refused("idempotency-key-reused")
    revoked.when(issue(name="other")).refused("idempotency-key-reused")
    A_BRAND_WITH_A_REVOKED_KEY.when(issue()).refused("idempotency-key-reused")


def test_two_keys_are_two() -> None:
    A_BRAND_WITH_A_KEY.when(issue(key_id="bbbbbbbbbbbb")).then(issued(key_id="bbbbbbbbbbbb"))


def test_scopes_are_kept_once_each_in_order() -> None:
    asked = ("tickets:write", "tickets:erase", "tickets:write", "tickets:read")
    A_BRAND.when(issue(scopes=asked)).then(issued(scopes=("tickets:erase", "tickets:read", "tickets:write")))


def test_a_key_must_be_good_for_something_that_exists() -> None:
    A_BRAND.when(issue(scopes=())).refused("key-not-issuable", scopes="required")
    A_BRAND.when(issue(scopes=("tickets:write", "all"))).refused("key-not-issuable", scopes="unknown")


def test_a_key_ends_in_the_future() -> None:
    soon = NOON + timedelta(microseconds=1)
    A_BRAND.when(issue(expires_at=soon)).then(issued(expires_at=soon))
    A_BRAND.when(issue(expires_at=NOON)).refused("key-not-issuable", expires_at="past")


def test_all_that_is_wrong_is_named() -> None:
    A_BRAND.when(issue(scopes=("all",), expires_at=NOON)).refused(
        "key-not-issuable", scopes="unknown", expires_at="past"
    )


def test_a_key_is_revoked_once() -> None:
    revoke = RevokeApiKey(key_id=KEY, at=NOON)
    A_BRAND_WITH_A_KEY.when(revoke).then(ApiKeyRevoked(key_id=KEY, known_from=NOON))
    A_BRAND_WITH_A_REVOKED_KEY.when(revoke).then_nothing()


def test_only_a_key_of_the_brand_is_revoked() -> None:
    A_BRAND.when(RevokeApiKey(key_id=KEY, at=NOON)).refused("api-key-not-found")


# --- what is remembered ---


def test_a_brand_remembers_its_policy_and_all_its_keys() -> None:
    history = NO_BRAND.when(activate(A)).when(issue()).when(issue(key_id="bbbbbbbbbbbb", scopes=BOTH))
    state = history.when(RevokeApiKey(key_id=KEY, at=NOON)).when(activate(B)).when(issue()).state
    assert state == Brand(
        version="mau-2",
        hash=content_hash(B),
        versions={"mau-1": content_hash(A), "mau-2": content_hash(B)},
        keys={
            KEY: Key(name="billing", scopes=("tickets:write",), is_revoked=True),
            "bbbbbbbbbbbb": Key(name="billing", scopes=BOTH),
        },
    )


def test_the_registry_folds_no_foreign_facts() -> None:
    with pytest.raises(TypeError):
        evolve(INITIAL, received().fact, NOON)
