"""Roles and schemas on a real server: each service sees its own tables and nothing else."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from infra.local.provision import KEYS_READER, KEYS_WRITER, SERVICES_WITH_TABLES, Provision


@pytest.mark.parametrize("service", SERVICES_WITH_TABLES)
def test_a_service_works_in_a_schema_of_its_own(postgres: Provision, service: str) -> None:
    with psycopg.connect(postgres.dsn(service)) as own:
        own.execute("CREATE TABLE IF NOT EXISTS mine (id int)")
        found = own.execute(
            "SELECT schemaname FROM pg_tables WHERE tablename = 'mine' AND schemaname = current_schema()"
        )
        assert found.fetchone() == (service,)


def test_a_service_does_not_look_into_the_schema_of_another(postgres: Provision) -> None:
    with psycopg.connect(postgres.dsn("intake")) as own:
        own.execute("CREATE TABLE secret (id int)")
    with psycopg.connect(postgres.dsn("query")) as other, pytest.raises(errors.InsufficientPrivilege):
        other.execute("SELECT * FROM intake.secret")


@pytest.mark.parametrize("service", SERVICES_WITH_TABLES)
def test_a_service_cannot_enter_the_key_store_by_its_own_role(postgres: Provision, service: str) -> None:
    wrong = postgres.dsn(service).replace(postgres.main, postgres.keys)
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(wrong)


def test_nobody_makes_tables_in_the_open_schema(postgres: Provision) -> None:
    with psycopg.connect(postgres.dsn("intake")) as own, pytest.raises(errors.InsufficientPrivilege):
        own.execute("CREATE TABLE public.open (id int)")


def test_the_reader_of_keys_reads_and_changes_nothing(postgres: Provision) -> None:
    with psycopg.connect(postgres.dsn(KEYS_WRITER)) as writer:
        writer.execute("CREATE TABLE key (id int)")
        writer.execute("INSERT INTO key VALUES (1)")
    with psycopg.connect(postgres.dsn(KEYS_READER)) as reader:
        assert reader.execute("SELECT id FROM key").fetchall() == [(1,)]
        with pytest.raises(errors.InsufficientPrivilege):
            reader.execute("DELETE FROM key")


def test_making_everything_twice_keeps_what_is_there(postgres: Provision) -> None:
    with psycopg.connect(postgres.dsn("registry")) as own:
        own.execute("CREATE TABLE kept (id int)")
    postgres.apply()
    with psycopg.connect(postgres.dsn("registry")) as own:
        assert own.execute("SELECT count(*) FROM kept").fetchone() == (0,)
