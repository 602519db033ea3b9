"""Keeping house: old answers are forgotten, and what waits for a hand is counted, with its age."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from prometheus_client import Gauge
from psycopg.conninfo import make_conninfo

from infra.local.provision import Provision
from services.runtime import housekeeping
from services.runtime import postgres as database
from services.runtime.housekeeping import Housekeeping
from services.runtime.metrics import HELD, OUTBOX_AGE_SECONDS, PARKED_AGE_SECONDS, PARKED_NOW
from services.runtime.postgres import Pool
from services.runtime.tables import Tables
from tests.integration.runtime.log import until
from tests.integration.runtime.toy import NAME, TABLES, rows_of

ANSWER = """INSERT INTO idempotency (key, scope, fingerprint, status, body, subject, accepted_at)
    VALUES (%s, 'say', '', 201, '', 'x', now() - %s::interval) RETURNING 1"""
EVENT = """INSERT INTO events (event_id, brand, subject, sequence, type, accepted_at, facts, data)
    VALUES (gen_random_uuid(), 'toy', %s, 1, 'x', now() - %s::interval, 1, '') RETURNING id"""
OUTBOX = "INSERT INTO outbox (id, topic, subject, sequence, held) VALUES (%s, 'x', 'x', 1, %s) RETURNING 1"
PARKED = """INSERT INTO parked (topic, partition, "offset", cause, header_names, header_values, parked_at)
    VALUES (%s, 0, 0, 'not-json', '{}', '{}', now() - %s::interval) RETURNING 1"""
HOUR = 3600.0


def value(gauge: Gauge) -> float:
    """What the gauge shows."""
    return next(sample.value for metric in gauge.collect() for sample in metric.samples)


async def kept(pool: Pool, tables: Tables = TABLES) -> None:
    """One round."""
    async with pool.connection() as connection:
        await Housekeeping(pool, tables).keep(connection)


async def test_answers_are_kept_for_72_hours(pool: Pool) -> None:
    young, old = uuid4(), uuid4()
    await rows_of(pool, ANSWER, young, "71 hours 59 minutes")
    await rows_of(pool, ANSWER, old, "72 hours 1 minute")
    await kept(pool)
    asked = "SELECT key FROM idempotency WHERE key = ANY (%s)"
    assert await rows_of(pool, asked, [young, old]) == [(young,)]


async def test_what_is_held_is_counted_and_the_oldest_that_waits_has_its_age(pool: Pool) -> None:
    await rows_of(pool, "DELETE FROM outbox RETURNING 1")
    await kept(pool)
    assert (value(HELD), value(OUTBOX_AGE_SECONDS)) == (0, 0)
    for age, why in (("1 hour", "refused"), ("1 minute", "refused"), ("1 second", None)):
        ((place,),) = await rows_of(pool, EVENT, str(uuid4()), age)
        await rows_of(pool, OUTBOX, place, why)
    await kept(pool)
    assert value(HELD) == 2
    assert HOUR <= value(OUTBOX_AGE_SECONDS) < HOUR + 600
    await rows_of(pool, "DELETE FROM outbox RETURNING 1")


async def test_what_is_parked_is_counted_and_has_its_age(pool: Pool) -> None:
    await rows_of(pool, "DELETE FROM parked RETURNING 1")
    await rows_of(pool, PARKED, "one", "1 hour")
    await rows_of(pool, PARKED, "two", "1 minute")
    await kept(pool)
    assert value(PARKED_NOW) == 2
    assert HOUR <= value(PARKED_AGE_SECONDS) < HOUR + 600
    await rows_of(pool, "DELETE FROM parked RETURNING 1")
    await kept(pool)
    assert (value(PARKED_NOW), value(PARKED_AGE_SECONDS)) == (0, 0)


async def test_a_service_without_these_tables_is_left_in_peace(pool: Pool) -> None:
    PARKED_NOW.set(7)
    await kept(pool, Tables())
    assert value(PARKED_NOW) == 7


async def test_the_house_is_kept_without_being_asked(pool: Pool) -> None:
    old = uuid4()
    await rows_of(pool, ANSWER, old, "100 hours")
    house = Housekeeping(pool, TABLES)
    running = asyncio.create_task(house.run())

    async def forgotten() -> bool:
        return await rows_of(pool, "SELECT 1 FROM idempotency WHERE key = %s", old) == []

    await until(forgotten)
    await house.stop()
    await asyncio.wait_for(running, 10)


async def test_with_postgres_away_it_is_kept_later(postgres: Provision, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "EVERY_SECONDS", 0.01)
    nowhere = database.pool(make_conninfo(postgres.dsn(NAME), port=1), NAME, size=1)
    nowhere.timeout = 0.05
    await nowhere.open()
    house = Housekeeping(nowhere, TABLES)
    running = asyncio.create_task(house.run())
    done, _ = await asyncio.wait({running}, timeout=1)
    assert not done
    await house.stop()
    await asyncio.wait_for(running, 10)
    await nowhere.close()
