"""The key store's tables: made by the service that may write there; a reader waits for them."""

from __future__ import annotations

from services.runtime.errors import StoreAwayError
from services.runtime.postgres import Pool, reachable


class KeyTables:
    """Whether the key store was ever seen with its tables; away later, the keys in memory go on."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.seen = False

    async def ready(self) -> str | None:
        """A readiness check: None once the tables were there."""
        if not self.seen:
            try:
                async with reachable(self.pool) as connection:
                    cursor = await connection.execute("SELECT to_regclass('key') IS NOT NULL")
                    row = await cursor.fetchone()
            except StoreAwayError:
                return "the key store does not answer"
            self.seen = bool(row and row[0])
        return None if self.seen else "the key store has no tables yet"
