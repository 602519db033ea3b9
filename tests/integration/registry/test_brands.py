"""From a folder to brand facts: what is taken up, and what changes nothing."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from phieu_schemas.brand import PolicyActivated, content_hash
from tests.integration.registry.running import Registry, new_brand, running
from tests.unit.policy.sample import SAMPLE, changed

LOOKS = 0.5


async def versions(registry: Registry, brand: str, *, count: int) -> list[str]:
    """The versions that were activated, once there are so many facts; nothing else is among them."""
    facts = await registry.place.facts_of(brand, count=count)
    return [one.fact.version if isinstance(one.fact, PolicyActivated) else "" for one in facts]


async def refused_folders(registry: Registry) -> int:
    """How many folders the metric counts as refused."""
    text = (await registry.http.get("/metrics")).text
    found = re.search(r"^phieu_brand_folders_refused (\S+)$", text, re.MULTILINE)
    assert found is not None
    return int(float(found[1]))


async def test_a_new_folder_becomes_a_fact_without_a_restart(registry: Registry) -> None:
    brand = await registry.brand()
    (event,) = await registry.place.facts_of(brand, count=1)
    envelope = event.envelope
    assert (envelope.source, envelope.brand, envelope.subject, envelope.sequence, envelope.facts) == (
        "/phieu/registry",
        brand,
        brand,
        1,
        0,
    )
    assert isinstance(event.fact, PolicyActivated)
    assert (event.fact.content, event.fact.hash) == (changed("version.id", "mau-1"), content_hash(event.fact.content))
    assert event.fact.known_from == envelope.time
    listed = await registry.listed(brand)
    assert listed == {
        "brand": brand,
        "sequence": 1,
        "version": "mau-1",
        "hash": event.fact.hash,
        "folder": "active",
        "faults": [],
    }


async def test_a_version_that_was_in_force_before_comes_into_force_again(registry: Registry) -> None:
    brand = await registry.brand()
    for version in ("mau-2", "mau-1"):
        registry.place.put(brand, version)
        await registry.until(brand, version=version)
    assert await versions(registry, brand, count=3) == ["mau-1", "mau-2", "mau-1"]


async def test_a_folder_that_stays_as_it_is_says_nothing_more(registry: Registry) -> None:
    brand = await registry.brand()
    registry.place.put(brand)
    await asyncio.sleep(LOOKS)
    assert await versions(registry, brand, count=1) == ["mau-1"]


async def test_a_folder_that_does_not_load_leaves_what_was_in_force(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    brand, before = await registry.brand(), await refused_folders(registry)
    registry.place.write(brand, "format: other\n")
    await registry.until(brand, folder="refused", version="mau-1", sequence=1)
    await asyncio.sleep(LOOKS)
    listed = await registry.listed(brand)
    assert listed is not None
    assert "format: Input should be 'support-policy/1'" in listed["faults"]
    assert await refused_folders(registry) == before + 1
    said = [one for one in caplog.records if getattr(one, "brand", "") == brand and one.levelname == "ERROR"]
    assert [listed["faults"][0] in str(vars(one)["cause"]) for one in said] == [True]
    registry.place.put(brand, "mau-2")
    await registry.until(brand, folder="active", version="mau-2", faults=[])
    assert await refused_folders(registry) == before


@pytest.mark.parametrize("status", ["draft", "retired"])
async def test_a_text_that_is_not_active_is_shown_as_that_and_never_published(
    registry: Registry, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    brand, other = new_brand(), await registry.brand()
    for name in (brand, other):
        registry.place.put(name, "mau-2", status=status)
    await registry.until(brand, folder=status, sequence=0, version=None, faults=[])
    await registry.until(other, folder=status, sequence=1, version="mau-1")
    await asyncio.sleep(LOOKS)
    assert await registry.place.facts(brand) == []
    said = [vars(one)["cause"] for one in caplog.records if getattr(one, "brand", "") == brand]
    assert said == [f"{status}, effective from 2026-01-01T00:00:00+07:00"]
    registry.place.put(brand, "mau-2")
    await registry.until(brand, folder="active", version="mau-2")


async def test_a_text_comes_into_force_when_it_is_due_and_not_before(registry: Registry) -> None:
    brand, due = await registry.brand(), datetime.now(UTC) + timedelta(seconds=3)
    registry.place.put(brand, "mau-2", effective_from=due.isoformat())
    await registry.until(brand, folder="scheduled", version="mau-1", faults=[])
    await registry.until(brand, folder="active", version="mau-2")
    _, event = await registry.place.facts_of(brand, count=2)
    assert due <= event.envelope.time < due + timedelta(seconds=5)


async def test_a_changed_text_under_the_same_id_is_refused_by_naming_both(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    brand, before = await registry.brand(), await refused_folders(registry)
    listed = await registry.listed(brand)
    registry.place.put(brand, "mau-2")
    await registry.until(brand, folder="active", version="mau-2")
    registry.place.put(brand, "mau-1", note="changed")
    await registry.until(brand, folder="refused", version="mau-2", sequence=2)
    told = await registry.listed(brand)
    assert listed is not None
    assert told is not None
    changed_hash = content_hash(changed("version.id", "mau-1") | {"version": SAMPLE["version"] | {"note": "changed"}})
    assert told["faults"] == [
        f"version.id: “mau-1” was published as {listed['hash']}, this text is {changed_hash}: give it a new id"
    ]
    await asyncio.sleep(LOOKS)
    assert await refused_folders(registry) == before + 1
    assert [vars(one)["cause"] for one in caplog.records if one.levelname == "ERROR"] == told["faults"]
    assert await versions(registry, brand, count=2) == ["mau-1", "mau-2"]
    registry.place.put(brand, "mau-1")
    await registry.until(brand, folder="active", version="mau-1", faults=[])
    assert await refused_folders(registry) == before


async def test_a_policy_that_no_broker_takes_is_refused_and_holds_up_no_other(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, other = sorted((new_brand(), new_brand()))
    monkeypatch.setattr("services.runtime.events.MAX_EVENT_BYTES", 3_000)
    registry.place.put(large, note="x" * 3_000)
    registry.place.put(other)
    await registry.until(other, folder="active")
    await registry.until(large, folder="refused", sequence=0, faults=["The body is larger than this operation takes."])


async def test_a_new_folder_that_does_not_load_is_no_brand(registry: Registry) -> None:
    brand = new_brand()
    registry.place.write(brand, "{}")
    await registry.until(brand, folder="refused", sequence=0, version=None, hash=None)
    assert await registry.place.facts(brand) == []
    registry.place.take_away(brand)
    await registry.until_gone(brand)


async def test_a_folder_that_vanishes_changes_nothing(registry: Registry) -> None:
    brand = await registry.brand()
    registry.place.take_away(brand)
    await registry.until(brand, folder="missing", version="mau-1", sequence=1)
    assert (await registry.issue(brand)).status_code == 201


async def test_a_restart_publishes_nothing_again(registry: Registry) -> None:
    brand = await registry.brand()
    await registry.place.facts_of(brand, count=1)
    async with running(registry.place) as other:
        await other.until(brand, folder="active")
        await asyncio.sleep(LOOKS)
    assert await versions(registry, brand, count=1) == ["mau-1"]


async def test_two_processes_with_different_folders_do_not_take_turns(registry: Registry) -> None:
    brand = await registry.brand()
    newer = registry.place.beside("newer")
    newer.put(brand, "mau-2")
    async with running(newer) as other:
        await other.until(brand, folder="active", version="mau-2")
        await asyncio.sleep(LOOKS)
        assert await versions(registry, brand, count=2) == ["mau-1", "mau-2"]
        listed = await registry.listed(brand)
        assert listed is not None
        assert listed["folder"] == "pending"
