"""A fact that the broker would not take is let go by hand, once the broker takes it."""

from __future__ import annotations

from typing import Any

from phieu_schemas.topics import BRAND_FACTS
from services.registry.app import build
from tests.integration.registry.running import Registry

HELD = "INSERT INTO outbox SELECT id, %s, subject, sequence, 'tried' FROM events WHERE subject = %s"


async def test_what_the_registry_set_aside_is_released(registry: Registry) -> None:
    brand = await registry.brand()
    await registry.place.facts_of(brand, count=1)
    registry.place.rows(HELD, BRAND_FACTS.name(brand), brand)
    service = build(registry.place.settings())
    for step in service.opening:
        await step()
    told: Any = await service.commands["release"](None)
    for step in service.closing:
        await step()
    assert told == {"released": 1}
    first, again = await registry.place.facts_of(brand, count=2)
    assert first == again
