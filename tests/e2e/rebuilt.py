"""The folded tables of a running service, and what a rebuild makes of them."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from infra.local.folder import ROOT
from infra.local.stack import Stack
from services.runtime.tables import Tables

PATIENCE_SECONDS = 60.0
QUIET_SECONDS = 1.5
PAUSE_SECONDS = 0.5

Dump = dict[str, list[str]]
"""Every row of every folded table, in one order."""


def services_with_tables(platform: Stack) -> list[str]:
    """The services of the platform that declare tables."""
    return sorted(name for name in platform.programs if f"{name.upper()}_DSN" in platform.values)


def folded_of(service: str) -> tuple[str, ...]:
    """The tables that a rebuild folds again."""
    tables: Tables = importlib.import_module(f"services.{service}.store").TABLES
    return tables.folded


def dump(platform: Stack, service: str) -> Dump:
    """The folded tables at one moment."""
    question = sql.SQL("SELECT one::text FROM {} AS one ORDER BY 1")
    with _connected(platform, service) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return {
            name: [str(row[0]) for row in connection.execute(question.format(sql.Identifier(name)))]
            for name in folded_of(service)
        }


def rebuild(platform: Stack, service: str) -> Any:
    """What `make rebuild SERVICE=` does, beside the running service; gives what it says."""
    command = [sys.executable, "-m", f"services.{service}", "rebuild"]
    done = subprocess.run(
        command, cwd=ROOT, env=platform.environment(service), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def faults_of_rebuild(platform: Stack, service: str) -> list[str]:
    """What is otherwise in the tables after a rebuild; empty when rebuilt equals live."""
    live, files = _at_rest(platform, service), _files(platform, service)
    said = rebuild(platform, service)
    kept = files & _files(platform, service)
    faults = [f"not emptied: {sorted(kept)}"] if kept or said["emptied"] != list(folded_of(service)) else []
    _wait(lambda: dump(platform, service) == live)
    again = _at_rest(platform, service)
    return faults + [fault for table in live for fault in _differences(table, live[table], again[table])]


def _differences(table: str, live: list[str], again: list[str]) -> list[str]:
    lost, new = set(live) - set(again), set(again) - set(live)
    faults = [f"lost from {table}: {row}" for row in sorted(lost)[:1]]
    faults += [f"new in {table}: {row}" for row in sorted(new)[:1]]
    return faults or ([] if live == again else [f"other rows in {table}: {len(live)} then {len(again)}"])


def _at_rest(platform: Stack, service: str) -> Dump:
    """The tables once nothing moves in them any more."""
    found: list[Dump] = [dump(platform, service)]

    def rests() -> bool:
        time.sleep(QUIET_SECONDS)
        found.append(dump(platform, service))
        return found[-1] == found[-2]

    _wait(rests)
    return found[-1]


def _files(platform: Stack, service: str) -> set[int]:
    """The files that the folded tables lie in: an emptied table gets a new one."""
    asked = "SELECT pg_relation_filenode(name::regclass) FROM unnest(%s::text[]) AS t (name)"
    with _connected(platform, service) as connection:
        return {int(row[0]) for row in connection.execute(asked, (list(folded_of(service)),))}


def _connected(platform: Stack, service: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(platform.values[f"{service.upper()}_DSN"], options="-c timezone=UTC")


def _wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so() and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
