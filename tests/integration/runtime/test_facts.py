"""Brand facts in a service: folded in order, only forward, and never stopped by what it has not heard of."""

from __future__ import annotations

import pytest
import pytest_asyncio

from phieu_schemas.testing import again, api_key_issued, api_key_revoked, policy_activated
from services.runtime.errors import Refused
from services.runtime.facts import Brands, KeepFacts
from services.runtime.postgres import Pool
from tests.integration.runtime.records import Partition, reader_of
from tests.integration.runtime.toy import parked_of, rows_of


@pytest_asyncio.fixture
async def declared(pool: Pool, brand: str) -> Partition:
    return await Partition(pool, brand, "brand-facts").begun()


def put_unknown(declared: Partition, sequence: int) -> None:
    sung = again(policy_activated(declared.brand, sequence=sequence), type="phieu.brand.anthem-sung.v1")
    declared.put_raw(declared.brand.encode(), b"{}", sung.envelope.to_headers())


async def test_a_brand_is_live_with_its_first_policy(pool: Pool, declared: Partition) -> None:
    brands = Brands(pool)
    await brands.refresh()
    with pytest.raises(Refused, match="brand-not-live"):
        brands.live(declared.brand)
    declared.put(policy_activated(declared.brand))
    declared.put(api_key_issued(declared.brand))
    await declared.read_by(reader_of(pool, KeepFacts()))
    await brands.refresh()
    assert brands.sequence(declared.brand) == 2
    assert list(brands.live(declared.brand).keys) == ["k4mzt2wqh7ab"]


async def test_a_fact_of_an_unknown_type_does_not_stop_those_after_it(pool: Pool, declared: Partition) -> None:
    declared.put(policy_activated(declared.brand))
    put_unknown(declared, 2)
    declared.put(api_key_issued(declared.brand, sequence=3))
    brands = Brands(pool)
    await declared.read_by(reader_of(pool, KeepFacts()))
    await brands.refresh()
    assert (brands.sequence(declared.brand), list(brands.live(declared.brand).keys)) == (3, ["k4mzt2wqh7ab"])


async def test_a_fact_of_an_unknown_type_counts_as_applied(pool: Pool, declared: Partition) -> None:
    """A ticket that was decided with it would hold its partition for ever."""
    brands = Brands(pool)
    declared.put(policy_activated(declared.brand))
    put_unknown(declared, 2)
    await declared.read_by(reader_of(pool, KeepFacts()))
    await brands.refresh()
    assert brands.sequence(declared.brand) == 2
    assert brands.live(declared.brand).active_policy is not None


async def test_what_is_known_only_goes_forward(pool: Pool, declared: Partition) -> None:
    brands = Brands(pool)
    declared.put(policy_activated(declared.brand))
    await declared.read_by(reader_of(pool, KeepFacts()))
    await brands.refresh()
    known = brands.live(declared.brand)
    await brands.refresh()
    assert brands.live(declared.brand) is known


async def test_a_fact_that_cannot_be_folded_parks_and_the_brand_stays_as_it_was(
    pool: Pool, declared: Partition
) -> None:
    """Without that every reader of every brand would die of it, at each start again."""
    declared.put(policy_activated(declared.brand))
    declared.put(api_key_revoked(declared.brand, sequence=2))
    declared.put(api_key_issued(declared.brand, sequence=3))
    await declared.read_by(reader_of(pool, KeepFacts()))
    assert await parked_of(pool, declared.brand) == {2: "fold-failed", 3: "behind"}
    brands = Brands(pool)
    await brands.refresh()
    assert brands.sequence(declared.brand) == 1


async def test_a_kept_fact_that_cannot_be_folded_stops_only_its_brand(
    pool: Pool, declared: Partition, brand: str
) -> None:
    healthy = await Partition(pool, f"{brand}-two", "brand-facts").begun()
    for one in (declared, healthy):
        one.put(policy_activated(one.brand))
        await one.read_by(reader_of(pool, KeepFacts()))
    spoil = "UPDATE brand_fact SET data = '{}' WHERE brand = %s RETURNING 1"
    await rows_of(pool, spoil, declared.brand)
    brands = Brands(pool)
    await brands.refresh()
    assert (brands.sequence(declared.brand), brands.sequence(healthy.brand)) == (0, 1)
