"""Keys: one per ticket, drawn from a stock that is already durable; deleted for ever when a person asks.

A key that is asked for is one of four: a key (bytes), DELETED (its subject folds as erased), UNKNOWN (the ticket
parks) or UNREACHABLE (wait). The store is a small Postgres apart; each key in it is wrapped by a master key.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.runtime.errors import StoreAwayError
from services.runtime.ids import new_id
from services.runtime.metrics import KEY_STOCK
from services.runtime.postgres import RUNTIME_SQL, Pool, queries, reachable

LOG = logging.getLogger(__name__)
SQL = queries(RUNTIME_SQL / "keys")
KEY_BYTES = 32
NONCE_BYTES = 12
STOCK = 4_000
REFILL_BELOW = 3_000
REFILL = 200
REFILL_SECONDS = 1.0
FORGET_SECONDS = 10.0
MAX_CACHED = 50_000


class KeyState(Enum):
    """Why there is no key."""

    DELETED = "deleted"
    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"


Key = AESGCM | KeyState


class MasterKey:
    """Wraps and unwraps keys; read from a file of 64 hexadecimal digits."""

    def __init__(self, file: Path) -> None:
        material = bytes.fromhex(file.read_text(encoding="ascii").strip())
        if len(material) != KEY_BYTES:
            raise ValueError(f"{file} must hold {KEY_BYTES} bytes in hexadecimal")
        self.cipher = AESGCM(material)

    def wrap(self, name: str, key: bytes) -> bytes:
        """The key, encrypted, bound to its name."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self.cipher.encrypt(nonce, key, name.encode())

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """The key that was wrapped under this name."""
        return self.cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], name.encode())


class WrongMasterKeyError(Exception):
    """What lies in the key store was wrapped by another master key."""


class KeyRing:
    """Keys by id, kept in memory for five minutes at most; a supervised loop that forgets them."""

    name = "key ring"

    def __init__(self, *, pool: Pool, master: MasterKey, cache_seconds: float, clock: Callable[[], float]) -> None:
        self.pool = pool
        self.master = master
        self.cache_seconds = cache_seconds
        self.clock = clock
        self.cached: dict[UUID, tuple[float, bytes]] = {}
        """As bytes: a cipher that is ready to use takes two and a half kilobytes."""
        self.brand_keys: dict[tuple[str, str], bytes] = {}
        self.verified = False
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Forget what was kept long enough, until stopped."""
        while not self.stopping.is_set():
            self.forget_expired()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), FORGET_SECONDS)

    async def stop(self) -> None:
        """Nothing is in hand."""
        self.stopping.set()

    async def verify(self) -> None:
        """Try the master key on some keys of the store, once. Raises WrongMasterKeyError and StoreAwayError."""
        if self.verified:
            return
        async with reachable(self.pool) as connection:
            rows = await (await connection.execute(SQL["some_keys"], binary=True)).fetchall()
        if rows and not any(self._unwrapped(*row) for row in rows):
            raise WrongMasterKeyError
        self.verified = True

    def _unwrapped(self, key_id: UUID, wrapped: bytes) -> bytes | None:
        try:
            return self.master.unwrap(str(key_id), bytes(wrapped))
        except InvalidTag:
            LOG.critical("a key of the store does not open under the master key", extra={"key_id": str(key_id)})
            return None

    def remember(self, key_id: UUID, key: bytes) -> None:
        """Keep a key that was just bound to a ticket."""
        if len(self.cached) >= MAX_CACHED:
            self.forget_expired()
        self.cached[key_id] = (self.clock() + self.cache_seconds, key)

    def forget(self, key_ids: Iterable[UUID]) -> None:
        """Drop keys that were deleted."""
        for key_id in key_ids:
            self.cached.pop(key_id, None)

    def forget_expired(self) -> None:
        """Drop what was kept long enough; everything, if that is not enough."""
        now = self.clock()
        self.cached = {key_id: kept for key_id, kept in self.cached.items() if kept[0] > now}
        if len(self.cached) >= MAX_CACHED:
            self.cached.clear()

    async def find(self, key_ids: Iterable[UUID]) -> dict[UUID, Key]:
        """Each key, or why there is none."""
        now = self.clock()
        wanted = set(key_ids)
        found: dict[UUID, Key] = {
            key_id: AESGCM(kept[1]) for key_id in wanted if (kept := self.cached.get(key_id)) and kept[0] > now
        }
        asked = wanted - found.keys()
        if asked:
            found |= await self._ask(asked)
        return found

    async def _ask(self, key_ids: set[UUID]) -> dict[UUID, Key]:
        try:
            await self.verify()
            async with reachable(self.pool) as connection:
                cursor = await connection.execute(SQL["find_keys"], {"ids": list(key_ids)}, binary=True)
                rows = await cursor.fetchall()
        except StoreAwayError:
            return dict.fromkeys(key_ids, KeyState.UNREACHABLE)
        found: dict[UUID, Key] = dict.fromkeys(key_ids, KeyState.UNKNOWN)
        for key_id, wrapped in rows:
            if wrapped is None:
                found[key_id] = KeyState.DELETED
            elif key := self._unwrapped(key_id, wrapped):
                found[key_id] = AESGCM(key)
                self.remember(key_id, key)
        return found

    async def brand_key(self, brand: str, purpose: str, *, make: bool = False) -> bytes:
        """A brand's own key for one purpose (links, requesters); never deleted, kept once known."""
        known = self.brand_keys.get((brand, purpose))
        if known is not None:
            return known
        wanted = {"brand": brand, "purpose": purpose}
        name = f"{brand}/{purpose}"
        async with reachable(self.pool) as connection:
            if make:
                fresh = self.master.wrap(name, os.urandom(KEY_BYTES))
                await connection.execute(SQL["add_brand_key"], {**wanted, "wrapped": fresh})
            cursor = await connection.execute(SQL["brand_key"], wanted)
            row = await cursor.fetchone()
        if row is None:
            raise StoreAwayError("keys-away")
        self.brand_keys[brand, purpose] = self.master.unwrap(name, bytes(row[0]))
        return self.brand_keys[brand, purpose]


class KeyStock:
    """A supervised loop that keeps fresh keys at hand, durable before anyone draws them; and deletes keys."""

    name = "key stock"

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.stock: deque[tuple[UUID, bytes]] = deque()
        self.wanted = asyncio.Event()
        self.stopping = False

    def draw(self) -> tuple[UUID, AESGCM]:
        """A fresh key for one ticket; with the store away and the stock used up, 503."""
        if not self.stock:
            self.wanted.set()
            raise StoreAwayError("keys-away")
        if len(self.stock) < REFILL_BELOW:
            self.wanted.set()
        key_id, key = self.stock.popleft()
        self.ring.remember(key_id, key)
        return key_id, AESGCM(key)

    def put_back(self, key_id: UUID) -> None:
        """A key that was drawn and sealed nothing that is kept; one that was not kept in memory is left unused."""
        kept = self.ring.cached.pop(key_id, None)
        if kept is not None:
            self.stock.appendleft((key_id, kept[1]))

    async def run(self) -> None:
        """Refill until stopped; a store that is away is asked again every second."""
        while not self.stopping:
            try:
                while len(self.stock) < STOCK and not self.stopping:
                    await self._refill()
            except StoreAwayError:
                LOG.warning("the key store is away", extra={"count": len(self.stock)})
                await asyncio.sleep(REFILL_SECONDS)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wanted.wait(), REFILL_SECONDS)
            self.wanted.clear()

    async def stop(self) -> None:
        """Stop refilling."""
        self.stopping = True
        self.wanted.set()

    async def _refill(self) -> None:
        await self.ring.verify()
        fresh = [(new_id(), AESGCM.generate_key(256)) for _ in range(REFILL)]
        wrapped = [self.ring.master.wrap(str(key_id), key) for key_id, key in fresh]
        async with reachable(self.ring.pool) as connection:
            await connection.execute(SQL["add_keys"], {"ids": [key_id for key_id, _ in fresh], "wrapped": wrapped})
        self.stock.extend(fresh)
        KEY_STOCK.set(len(self.stock))

    async def delete(self, key_ids: list[UUID]) -> int:
        """Destroy keys for ever; a tombstone stays. Raises StoreAwayError. Gives how many were not deleted before."""
        async with reachable(self.ring.pool) as connection:
            cursor = await connection.execute(SQL["delete_keys"], {"ids": key_ids})
        self.ring.forget(key_ids)
        return cursor.rowcount

    async def ready(self) -> str | None:
        """A readiness check: None while there are keys to draw."""
        return None if self.stock else "no fresh keys at hand"
