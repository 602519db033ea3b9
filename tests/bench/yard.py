"""What is measured: the platform on stores of its own, and the reference beside it on the same Postgres."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from infra.local.folder import HOST, Folder, free_port
from infra.local.probe import LOOPBACK
from infra.local.process import Process, bound
from infra.local.stack import Stack
from tests.stores import platform

BRAND = "congsoxanh"
DOOR = f"/v1/intake/{BRAND}/tickets"
DATABASE = "bench"


class Program(Process):
    """A Python module of ours that serves HTTP."""

    def __init__(self, name: str, folder: Folder, *command: str, env: dict[str, str]) -> None:
        self.port = free_port(set())
        given = {**os.environ, **env, "BENCH_PORT": str(self.port)}
        super().__init__(name, folder.logs / f"{name}.log", bound([sys.executable, "-m", *command], "KILL"), env=given)

    def is_ready(self) -> bool:
        """Whether anything answers on its port."""
        try:
            with LOOPBACK.open(f"http://{HOST}:{self.port}/", timeout=1):
                return True
        except urllib.error.HTTPError as answer:
            answer.close()
            return True
        except OSError:
            return False


class Yard:
    """A platform, and what must be known to ask it and to look into it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        assert stack.postgres is not None
        assert stack.kafka is not None
        self.admin_dsn = stack.postgres.admin_dsn
        self.brokers = stack.kafka.bootstrap

    def port(self, name: str) -> int:
        """Where a service listens."""
        return int(self.stack.url(name).rpartition(":")[2])

    def number(self, role: str, question: str) -> int:
        """One number out of a service's tables."""
        with psycopg.connect(self.stack.values[f"{role.upper()}_DSN"]) as connection:
            row = connection.execute(question.encode()).fetchone()
        return int(row[0] or 0) if row else 0

    def stop(self, *names: str) -> None:
        """Stop these services."""
        for name in names:
            self.stack.services[name].stop()

    def start(self, *names: str) -> None:
        """Start them again."""
        for name in names:
            self.stack.services[name].start()

    @contextmanager
    def reference(self) -> Iterator[Program]:
        """The reference on a database of its own."""
        with psycopg.connect(self.admin_dsn, autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        dsn = make_conninfo(self.admin_dsn, dbname=DATABASE)
        program = Program("reference", self.stack.folder, "tests.bench.reference", env={"BENCH_DSN": dsn})
        program.start()
        yield program
        program.stop()


@contextmanager
def yard() -> Iterator[Yard]:
    """The whole platform on a folder that is gone afterwards; what is sampled of its traces goes to a file."""
    with TemporaryDirectory(prefix="phieu-bench-") as path:
        folder = Folder(path=Path(path)).make()
        own = {"PHIEU_PORT": str(free_port(set())), "TRACE_FILE": str(folder.path / "traces.jsonl")}
        with platform(folder, own, say=print) as stack:
            yield Yard(stack)


def load(port: int, path: str, *, seconds: float, rate: float = 0.0) -> dict[str, Any]:
    """One run of the load generator; an answer that is no 201 spoils it."""
    command = [sys.executable, "-m", "tests.bench.load", str(port), path, f"--seconds={seconds}", f"--rate={rate}"]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if found["refused"]:
        raise SystemExit(f"{found['refused']} requests to {path} were refused: nothing is measured.")
    return found
