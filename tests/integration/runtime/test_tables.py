"""Every table of a service is declared as what it is: else a rebuild would forget it, or a backup."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.local.provision import Provision
from services.runtime import postgres as database
from services.runtime.postgres import migrate
from services.runtime.tables import Tables
from tests.integration.runtime.toy import rows_of

STORES = sorted(path.parent.name for path in Path("services").glob("*/sql") if path.parent.name != "runtime")


@pytest.mark.parametrize("service", STORES)
async def test_the_declared_tables_are_the_tables(postgres: Provision, service: str) -> None:
    store, app = (importlib.import_module(f"services.{service}.{part}") for part in ("store", "app"))
    tables: Tables = store.TABLES
    migrations: Sequence[Path] = app.MIGRATIONS
    pool = database.pool(postgres.dsn(service), service, size=1)
    await pool.open()
    await migrate(pool, service, migrations)
    await migrate(pool, service, migrations)
    found = await rows_of(pool, "SELECT tablename FROM pg_tables WHERE schemaname = %s", service)
    await pool.close()
    assert {row[0] for row in found} == tables.all


@pytest.mark.parametrize("service", STORES)
def test_a_table_is_one_kind(service: str) -> None:
    tables: Tables = importlib.import_module(f"services.{service}.store").TABLES
    kinds = (*tables.folded, *tables.kept, *tables.ledger, *tables.position)
    assert sorted(set(kinds)) == sorted(kinds)
    assert set(tables.written) <= set(tables.folded)
