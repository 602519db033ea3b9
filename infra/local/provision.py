"""Databases, roles and schemas: one role and one schema per service, a key store apart."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

SERVICES_WITH_TABLES = ("registry", "intake", "query")
KEYS_SCHEMA, KEYS_WRITER, KEYS_READER = "keys", "keys_writer", "keys_reader"
ROLES = (*SERVICES_WITH_TABLES, KEYS_WRITER, KEYS_READER)
Connection = psycopg.Connection[tuple[object, ...]]


def new_passwords() -> dict[str, str]:
    """A password for each role."""
    return {role: secrets.token_urlsafe(24) for role in ROLES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """The names of one platform on one server; a prefix keeps several apart."""

    admin_dsn: str
    passwords: Mapping[str, str]
    prefix: str = ""

    @property
    def main(self) -> str:
        """The database of the services."""
        return f"{self.prefix}phieu"

    @property
    def keys(self) -> str:
        """The database of the key store."""
        return f"{self.prefix}phieu_keys"

    def dsn(self, role: str) -> str:
        """The address for one role."""
        database = self.keys if role in {KEYS_WRITER, KEYS_READER} else self.main
        at = conninfo_to_dict(self.admin_dsn)
        return f"postgresql://{self.prefix}{role}:{self.passwords[role]}@{at['host']}:{at.get('port', 5432)}/{database}"

    def apply(self) -> None:
        """Make what is missing; what is there stays."""
        with self._admin() as server:
            for role in ROLES:
                self._role(server, role)
            self._database(server, self.main, SERVICES_WITH_TABLES)
            self._database(server, self.keys, (KEYS_WRITER, KEYS_READER))
        with self._admin(self.main) as database:
            for service in SERVICES_WITH_TABLES:
                self._schema(database, service, owner=service)
        with self._admin(self.keys) as database:
            self._schema(database, KEYS_SCHEMA, owner=KEYS_WRITER)
            self._let_read(database)

    def drop(self) -> None:
        """Remove the databases and roles, whoever is connected."""
        with self._admin() as server:
            for database in (self.main, self.keys):
                server.execute(_sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", database))
            for role in ROLES:
                server.execute(_sql("DROP ROLE IF EXISTS {}", self._named(role)))

    def _named(self, role: str) -> str:
        return f"{self.prefix}{role}"

    def _admin(self, database: str | None = None) -> Connection:
        dsn = make_conninfo(self.admin_dsn, dbname=database) if database else self.admin_dsn
        return psycopg.connect(dsn, autocommit=True, connect_timeout=10)

    def _role(self, server: Connection, role: str) -> None:
        if not _is_there(server, "SELECT 1 FROM pg_roles WHERE rolname = %s", self._named(role)):
            server.execute(_sql("CREATE ROLE {} LOGIN", self._named(role)))
        words = sql.SQL("ALTER ROLE {} PASSWORD {}")
        server.execute(words.format(sql.Identifier(self._named(role)), sql.Literal(self.passwords[role])))

    def _database(self, server: Connection, database: str, roles: tuple[str, ...]) -> None:
        if not _is_there(server, "SELECT 1 FROM pg_database WHERE datname = %s", database):
            server.execute(_sql("CREATE DATABASE {}", database))
        server.execute(_sql("REVOKE ALL ON DATABASE {} FROM PUBLIC", database))
        for role in roles:
            server.execute(_sql("GRANT CONNECT ON DATABASE {} TO {}", database, self._named(role)))

    def _schema(self, database: Connection, schema: str, *, owner: str) -> None:
        role = self._named(owner)
        database.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        database.execute(_sql("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}", schema, role))
        database.execute(_sql("ALTER ROLE {} SET search_path = {}", role, schema))

    def _let_read(self, database: Connection) -> None:
        writer, reader = self._named(KEYS_WRITER), self._named(KEYS_READER)
        database.execute(_sql("GRANT USAGE ON SCHEMA {} TO {}", KEYS_SCHEMA, reader))
        database.execute(_sql("ALTER ROLE {} SET search_path = {}", reader, KEYS_SCHEMA))
        words = "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} GRANT SELECT ON TABLES TO {}"
        database.execute(_sql(words, writer, KEYS_SCHEMA, reader))


def _sql(words: LiteralString, *names: str) -> sql.Composed:
    return sql.SQL(words).format(*(sql.Identifier(name) for name in names))


def _is_there(server: Connection, question: LiteralString, name: str) -> bool:
    return server.execute(question, (name,)).fetchone() is not None
