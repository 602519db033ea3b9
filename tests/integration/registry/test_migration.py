"""An older database is brought to where a rebuild of its events would bring it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import psycopg
from pydantic_core import to_json

from phieu_schemas.codec import Recorded
from phieu_schemas.testing import NOON, api_key_issued, api_key_revoked, policy_activated
from services.registry.app import DECIDER, MIGRATIONS
from services.registry.store import FOLDER, TABLES
from services.runtime.postgres import RUNTIME_SQL, migrate, opened, pool
from services.runtime.redrive import rebuild
from tests.integration.registry.running import Place

KEY = "bbbbbbbbbbbb"
FACTS = (
    policy_activated(),
    policy_activated(sequence=2, version="congsoxanh-2", hash="ab" * 32),
    api_key_issued(sequence=3, expires_at=NOON + timedelta(days=1)),
    api_key_issued(sequence=4, key_id=KEY),
    api_key_revoked(sequence=5, key_id=KEY),
    policy_activated("azdigi"),
)
OLD_ROWS = """INSERT INTO brand (brand, version, hash, keys, sequence, accepted_at) VALUES
    ('congsoxanh', 'congsoxanh-2', repeat('ab', 32), '{"k4mzt2wqh7ab": "issued", "bbbbbbbbbbbb": "revoked"}', 5, %s),
    ('azdigi', 'azdigi-1', %s, '{}', 1, %s)"""
EVENT = """INSERT INTO events (event_id, brand, subject, sequence, type, accepted_at, facts, data)
    VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, 0, %s)"""


def written(event: Recorded) -> tuple[object, ...]:
    """The row of an event."""
    about = event.envelope
    return (about.brand, about.subject, about.sequence, event.fact.wire_type, about.time, to_json(event.fact))


async def test_versions_and_keys_are_filled_from_the_events(place: Place, tmp_path: Path) -> None:
    before = tmp_path / FOLDER.name
    before.mkdir()
    shutil.copy(FOLDER / "001_registry.sql", before)
    store = pool(place.dsn, "registry", size=2)
    await opened(store)
    await migrate(store, "registry", [RUNTIME_SQL / "writer", before])
    with psycopg.connect(place.dsn) as connection:
        connection.cursor().executemany(EVENT, [written(event) for event in FACTS])
        last = FACTS[-1]
        connection.execute(OLD_ROWS, (FACTS[4].envelope.time, getattr(last.fact, "hash", ""), last.envelope.time))
    await migrate(store, "registry", MIGRATIONS)
    migrated = place.rows("SELECT to_jsonb(b) FROM brand b ORDER BY brand")
    await rebuild(store, TABLES, DECIDER)
    await store.close()
    assert migrated == place.rows("SELECT to_jsonb(b) FROM brand b ORDER BY brand")
    assert [len(row["versions"]) for (row,) in migrated] == [1, 2]
