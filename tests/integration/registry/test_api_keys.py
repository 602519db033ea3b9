"""API keys: issued once, shown to the one who asked, kept by nobody, revoked for good."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from phieu_schemas.brand import ApiKeyIssued, ApiKeyRevoked
from services.registry.store import TABLES
from services.runtime.auth import api_key_of
from services.runtime.errors import Refused
from services.runtime.facts import Brands
from services.runtime.postgres import pool
from tests.integration.registry.running import Place, Registry, new_brand, running

NO_KEY = "aaaaaaaaaaaa"


@pytest.fixture(scope="module")
async def brand(registry: Registry) -> str:
    """A brand in force."""
    return await registry.brand()


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status, and the slug of the refusal."""
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("urn:phieu:problem:")


async def opens(place: Place, brand: str, key: str) -> bool:
    """Whether a service that has read the log lets this key in."""
    brands = Brands(pool(place.dsn, "registry", size=1))
    brands.brands[brand] = await place.folded(brand)
    try:
        api_key_of(brands, key, datetime.now(UTC))
    except Refused:
        return False
    return True


async def test_a_key_opens_the_brand_as_soon_as_the_log_says_so(registry: Registry) -> None:
    brand = await registry.brand()
    answer = await registry.issue(brand, scopes=["tickets:write", "tickets:read"], name="Kế toán")
    issued = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert issued["read_token"] == f"registry/2/{brand}"
    _, event = await registry.place.facts_of(brand, count=2)
    assert isinstance(event.fact, ApiKeyIssued)
    assert (event.fact.key_id, event.fact.name) == (issued["key_id"], "Kế toán")
    assert event.fact.scopes == ("tickets:read", "tickets:write")
    assert (event.envelope.sequence, event.envelope.facts) == (2, 1)
    assert await opens(registry.place, brand, issued["key"])
    assert not await opens(registry.place, brand, issued["key"][:-1] + "_")


async def test_the_same_request_is_given_the_same_key_byte_for_byte(registry: Registry, brand: str) -> None:
    key = uuid.uuid4()
    first, again = [await registry.issue(brand, key=key) for _ in range(2)]
    other = await registry.issue(brand)
    assert (again.status_code, again.content) == (201, first.content)
    assert other.json()["key"] != first.json()["key"]
    said = [one.fact for one in await registry.place.facts(brand) if isinstance(one.fact, ApiKeyIssued)]
    assert [one.key_id for one in said].count(first.json()["key_id"]) == 1


async def test_another_content_under_one_key_is_refused(registry: Registry, brand: str) -> None:
    key = uuid.uuid4()
    first = await registry.issue(brand, key=key)
    assert problem(await registry.issue(brand, key=key, name="other")) == (422, "idempotency-key-reused")
    assert (await registry.issue(brand, key=key)).content == first.content


async def test_when_the_answer_is_forgotten_a_key_is_shown_again_only_for_what_it_is_good_for(
    registry: Registry, brand: str
) -> None:
    key = uuid.uuid4()
    first = await registry.issue(brand, key=key)
    registry.place.rows("DELETE FROM idempotency WHERE subject = %s", brand)
    for changes in ({"scopes": ["tickets:read"]}, {"name": "other"}):
        assert problem(await registry.issue(brand, key=key, **changes)) == (422, "idempotency-key-reused")
    registry.place.rows("DELETE FROM idempotency WHERE subject = %s", brand)
    assert (await registry.issue(brand, key=key)).json()["key"] == first.json()["key"]
    assert (await registry.revoke(brand, first.json()["key_id"])).status_code == 200
    registry.place.rows("DELETE FROM idempotency WHERE subject = %s", brand)
    again = await registry.issue(brand, key=key)
    assert problem(again) == (422, "idempotency-key-reused")
    assert "revoked" in again.json()["detail"]


async def test_nobody_keeps_the_key(registry: Registry, caplog: pytest.LogCaptureFixture) -> None:
    brand = await registry.brand()
    secret = (await registry.issue(brand)).json()["key"].rpartition("_")[2]
    facts = await registry.place.facts_of(brand, count=2)
    assert secret not in "".join(one.fact.model_dump_json() for one in facts)
    for table in TABLES.all:
        rows = registry.place.rows(f"SELECT to_jsonb(t)::text FROM {table} t")
        assert secret.encode().hex() not in str(rows)
        assert secret not in str(rows)
    bodies = registry.place.rows("SELECT body FROM idempotency WHERE subject = %s", brand)
    assert any(b"key_id" in bytes(body) for (body,) in bodies)
    assert secret not in caplog.text


async def test_under_another_admin_key_an_issued_key_is_not_shown_again(registry: Registry, brand: str) -> None:
    key = uuid.uuid4()
    assert (await registry.issue(brand, key=key)).status_code == 201
    rotated = registry.place.rotated()
    async with running(rotated) as other:
        assert problem(await other.issue(brand, key=key)) == (410, "key-not-shown-again")


async def test_a_revoked_key_opens_nothing(registry: Registry) -> None:
    brand = await registry.brand()
    issued = (await registry.issue(brand)).json()
    answers = [await registry.revoke(brand, issued["key_id"]) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == {"key_id": issued["key_id"], "read_token": f"registry/3/{brand}"}
    facts = await registry.place.facts_of(brand, count=3)
    assert [type(one.fact) for one in facts[2:]] == [ApiKeyRevoked]
    assert not await opens(registry.place, brand, issued["key"])


async def test_only_the_bearer_of_the_admin_key_is_let_in(registry: Registry, brand: str) -> None:
    api_key = (await registry.issue(brand)).json()["key"]
    path = f"/v1/registry/brands/{brand}/api-keys"
    anonymous = await registry.http.get("/v1/registry/brands")
    assert problem(anonymous) == (401, "admin-key-not-valid")
    for bearer in ("x", f"{registry.place.admin_key_file.read_text()}x", api_key):
        headers = registry.headers(bearer=bearer)
        asked = [
            await registry.http.get("/v1/registry/brands", headers=headers),
            await registry.http.post(path, headers=headers, json={"name": "a", "scopes": ["tickets:read"]}),
            await registry.http.delete(f"{path}/{NO_KEY}", headers=headers),
        ]
        assert {problem(one) for one in asked} == {(401, "admin-key-not-valid")}


async def test_a_brand_that_is_not_there_has_no_keys(registry: Registry) -> None:
    for name in (new_brand(), "Mau", "a--b", "%00", "%ff"):
        assert problem(await registry.issue(name)) == (404, "unknown-brand")
        assert problem(await registry.revoke(name, NO_KEY)) == (404, "unknown-brand")


async def test_a_caller_may_wait_for_a_brand_with_one_request(registry: Registry) -> None:
    brand, key = new_brand(), uuid.uuid4()
    assert problem(await registry.issue(brand, key=key)) == (404, "unknown-brand")
    registry.place.put(brand)
    await registry.until(brand, folder="active")
    assert (await registry.issue(brand, key=key)).status_code == 201


async def test_a_key_that_was_never_issued_cannot_be_revoked(registry: Registry, brand: str) -> None:
    for key_id in (NO_KEY, "%00", "x" * 5_000):
        assert problem(await registry.revoke(brand, key_id)) == (404, "api-key-not-found")


async def test_a_write_needs_an_idempotency_key(registry: Registry, brand: str) -> None:
    path = f"/v1/registry/brands/{brand}/api-keys"
    headers = registry.headers()
    del headers["Idempotency-Key"]
    for method, at in (("POST", path), ("DELETE", f"{path}/{NO_KEY}")):
        missing = await registry.http.request(method, at, headers=headers)
        assert problem(missing) == (400, "idempotency-key-missing")
        wrong = await registry.http.request(method, at, headers=headers | {"Idempotency-Key": "1"})
        assert problem(wrong) == (400, "idempotency-key-not-valid")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", ""),
        (b"[]", ""),
        (b'{"name": "a"}', "scopes"),
        (b'{"name": "", "scopes": []}', "name"),
        (b'{"name": "a\\nb", "scopes": []}', "name"),
        (b'{"name": "a", "scopes": "tickets:read"}', "scopes"),
        (b'{"name": "a", "scopes": [], "expires_at": "2026-01-01T00:00:00"}', "expires_at"),
        (b'{"name": "a", "scopes": [], "more": 1}', "more"),
        (b'{"name": "\xff", "scopes": []}', ""),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_by_place(
    registry: Registry, brand: str, body: bytes, field: str
) -> None:
    headers = registry.headers() | {"Content-Type": "application/json"}
    answer = await registry.http.post(f"/v1/registry/brands/{brand}/api-keys", content=body, headers=headers)
    assert problem(answer) == (400, "body-not-valid")
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_a_body_of_another_type_or_without_end_is_refused(registry: Registry, brand: str) -> None:
    path, headers = f"/v1/registry/brands/{brand}/api-keys", registry.headers()
    form = await registry.http.post(path, data={"name": "a"}, headers=headers)
    assert problem(form) == (415, "type-not-supported")
    large = await registry.issue(brand, name="a" * 20_000)
    assert problem(large) == (413, "body-too-large")


async def test_what_a_key_cannot_be_is_named(registry: Registry, brand: str) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    answer = await registry.issue(brand, scopes=["all"], expires_at=past)
    assert problem(answer) == (422, "key-not-issuable")
    assert {(one["field"], one["slug"]) for one in answer.json()["errors"]} == {
        ("scopes", "unknown"),
        ("expires_at", "past"),
    }


async def test_a_key_ends_when_it_was_said_to(registry: Registry) -> None:
    brand = await registry.brand()
    soon = datetime.now(UTC) + timedelta(hours=1)
    issued = (await registry.issue(brand, expires_at=soon.isoformat())).json()
    await registry.place.facts_of(brand, count=2)
    known = (await registry.place.folded(brand)).keys[issued["key_id"]]
    assert (known.opens_at(soon - timedelta(seconds=1)), known.opens_at(soon)) == (True, False)
