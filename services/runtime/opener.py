"""Opens the personal parts of a batch: one look at the key store for all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from phieu_schemas.fact import PersonalFact
from services.runtime.codec import unseal
from services.runtime.delivery import KEY_UNKNOWN, NOT_OPENED, Item
from services.runtime.errors import PoisonError
from services.runtime.keys import Key, KeyRing, KeyState


class Opener(Protocol):
    """Puts the personal parts in the clear, and says from which record on the batch must wait."""

    async def open(self, items: Sequence[Item], /) -> frozenset[int]:
        """Open in place; the indexes of the items whose key cannot be reached now."""


class Sealed:
    """For a service that needs no personal data: it leaves everything sealed."""

    async def open(self, _items: Sequence[Item]) -> frozenset[int]:
        """Nothing to open, nothing to wait for."""
        return frozenset()


class KeyOpener:
    """For a service that may read what customers wrote."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring

    async def open(self, items: Sequence[Item]) -> frozenset[int]:
        """A deleted key leaves the part erased, an unknown one parks its ticket, an unreachable one waits."""
        wanted = {index: key_id for index, item in enumerate(items) if (key_id := _key_of(item))}
        if not wanted:
            return frozenset()
        keys = await self.ring.find(wanted.values())
        return frozenset(index for index, key_id in wanted.items() if not _opened(items[index], keys[key_id]))


def _key_of(item: Item) -> UUID | None:
    if item.delivered and isinstance(item.delivered.fact, PersonalFact):
        return item.delivered.fact.personal.key_id
    return None


def _opened(item: Item, key: Key) -> bool:
    """Whether the item can go on."""
    delivered = item.delivered
    assert delivered is not None
    assert isinstance(delivered.fact, PersonalFact)
    if key is KeyState.UNKNOWN:
        item.cause, item.delivered = KEY_UNKNOWN, None
    elif not isinstance(key, KeyState):
        try:
            personal = unseal(key, delivered.envelope, delivered.fact)
            item.delivered = replace(delivered, personal=personal)
        except PoisonError:
            item.cause, item.delivered = NOT_OPENED, None
    return key is not KeyState.UNREACHABLE
