"""Parts that go away while intake runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from infra.local.stack import Stack


@contextmanager
def keys_away(stack: Stack) -> Iterator[None]:
    """The key store refuses everybody, those who are in it too."""
    assert stack.postgres is not None
    store = conninfo_to_dict(stack.values["KEYS_DSN"])["dbname"]
    assert isinstance(store, str)
    with psycopg.connect(stack.postgres.admin_dsn, autocommit=True) as server:
        allowed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        server.execute(allowed.format(sql.Identifier(store), sql.SQL("false")))
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (store,))
        try:
            yield
        finally:
            server.execute(allowed.format(sql.Identifier(store), sql.SQL("true")))
