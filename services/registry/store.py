"""The registry's own table: one row per brand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from services.registry.state import Brand, Key
from services.runtime.ask import Stream
from services.runtime.postgres import Connection, Pool, queries, reachable
from services.runtime.tables import WRITER_LEDGER, Tables

FOLDER = Path(__file__).parent / "sql"
SQL = queries(FOLDER)
KEYS = TypeAdapter(dict[str, Key])
TABLES = Tables(folded=("brand",), written=("brand",), ledger=WRITER_LEDGER, position=("published",))


class BrandStore:
    """The streams of the registry as rows."""

    async def load(self, connection: Connection, subjects: Sequence[str]) -> Mapping[str, Stream[Brand]]:
        """The brands that exist among these, locked in id order."""
        cursor = await connection.execute(SQL["load_brands"], {"brands": list(subjects)})
        return {row[0]: _stream(row) for row in await cursor.fetchall()}

    async def save(self, connection: Connection, streams: Sequence[Stream[Brand]]) -> None:
        """Write the brands' rows."""
        states = [stream.state for stream in streams]
        columns = {
            "brands": [stream.subject for stream in streams],
            "version": [state.version for state in states],
            "hashes": [state.hash for state in states],
            "versions": [json.dumps(dict(state.versions)) for state in states],
            "keys": [KEYS.dump_json(dict(state.keys)).decode() for state in states],
            "sequences": [stream.sequence for stream in streams],
            "times": [stream.at for stream in streams],
        }
        await connection.execute(SQL["save_brands"], columns)


def _stream(row: tuple[Any, ...]) -> Stream[Brand]:
    brand, version, digest, versions, keys, sequence, at = row
    state = Brand(version=version, hash=digest, versions=versions, keys=KEYS.validate_python(keys))
    return Stream(subject=brand, brand=brand, sequence=sequence, at=at, state=state)


class Known(NamedTuple):
    """A brand as it is in force."""

    brand: str
    version: str
    hash: str
    sequence: int


async def find(pool: Pool, brand: str) -> Known | None:
    """The brand, if it was ever published."""
    async with reachable(pool) as connection:
        cursor = await connection.execute(SQL["known_brand"], {"brand": brand})
        row = await cursor.fetchone()
    return Known(*row) if row else None


async def find_all(pool: Pool) -> list[Known]:
    """Every brand that was ever published, by id."""
    async with reachable(pool) as connection:
        cursor = await connection.execute(SQL["known_brands"])
        return [Known(*row) for row in await cursor.fetchall()]
