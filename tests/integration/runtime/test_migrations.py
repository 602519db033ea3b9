"""Migrations: once, in order, by one process at a time, and however long they take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from infra.local.provision import Provision
from services.runtime import postgres as database
from services.runtime.postgres import MigrationChangedError, Pool, migrate
from tests.integration.runtime.log import until
from tests.integration.runtime.toy import NAME, rows_of

HURRY = "-c statement_timeout=200ms -c lock_timeout=200ms"
LOCK = f"SELECT pg_advisory_xact_lock(hashtextextended('migrate {NAME}', 0))"
WAITS_LONG = """SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'
    AND clock_timestamp() - query_start > interval '600 ms'"""


@pytest_asyncio.fixture
async def hurried(postgres: Provision) -> AsyncIterator[Pool]:
    """Connections that give up soon, as for requests."""
    found = database.pool(postgres.dsn(NAME), NAME, size=2, options=HURRY)
    await found.open()
    yield found
    await found.close()


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Files of a part that is migrated, named after the test so that none has been applied."""
    found = tmp_path / str(request.node.name)
    found.mkdir()
    return found


async def count(pool: Pool, table: str) -> int:
    """How many rows there are."""
    return len(await rows_of(pool, f"SELECT * FROM {table}"))


async def test_files_are_applied_once_and_in_order(pool: Pool, folder: Path) -> None:
    (folder / "002_rows.sql").write_text("INSERT INTO once VALUES (1)")
    (folder / "001_table.sql").write_text("CREATE TABLE once (n int)")
    await migrate(pool, NAME, [folder])
    await migrate(pool, NAME, [folder])
    assert await count(pool, "once") == 1


async def test_a_file_that_changed_after_it_was_applied_is_refused_and_nothing_after_it_is_applied(
    pool: Pool, folder: Path
) -> None:
    (folder / "001_table.sql").write_text("CREATE TABLE changed (n int)")
    await migrate(pool, NAME, [folder])
    (folder / "001_table.sql").write_text("CREATE TABLE changed (n bigint)")
    (folder / "000_early.sql").write_text("INSERT INTO changed VALUES (1)")
    with pytest.raises(MigrationChangedError, match="001_table"):
        await migrate(pool, NAME, [folder])
    assert await count(pool, "changed") == 0


async def test_a_migration_may_take_longer_than_a_request(hurried: Pool, pool: Pool, folder: Path) -> None:
    (folder / "001_slow.sql").write_text("CREATE TABLE slow (n int); SELECT pg_sleep(0.6)")
    await migrate(hurried, NAME, [folder])
    assert await count(pool, "slow") == 0
    assert await rows_of(hurried, "SHOW statement_timeout") == [("200ms",)]


async def test_a_second_process_waits_for_the_first(hurried: Pool, pool: Pool, folder: Path) -> None:
    (folder / "001_table.sql").write_text("CREATE TABLE waited (n int)")

    async def waits() -> bool:
        return second.done() or bool(await rows_of(pool, WAITS_LONG))

    async with pool.connection() as connection, connection.transaction():
        await connection.execute(LOCK.encode())
        second = asyncio.create_task(migrate(hurried, NAME, [folder]))
        await until(waits)
        assert not second.done()
    await second
    assert await count(pool, "waited") == 0
