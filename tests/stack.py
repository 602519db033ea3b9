"""The one place where tests obtain a broker and a database: addresses that are given, else processes of our own."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping

import pytest

from infra.local.broker import Kafka
from infra.local.database import Postgres
from infra.local.folder import ROOT, Folder, free_port
from infra.local.probe import coordinates
from infra.local.provision import Provision, new_passwords
from infra.local.stack import Service, Stack
from infra.local.wiring import DSNS

BROKER_GIVEN, DATABASE_GIVEN = "KAFKA_BOOTSTRAP_SERVERS", "POSTGRES_ADMIN_DSN"
LEAST_SESSION_MS = "6000"


class TracedStack(Stack):
    """The platform with every request traced, each process into a file of its own: no two write into one line."""

    def environment(self, name: str) -> dict[str, str]:
        """The environment of one service, with its file of spans."""
        return {**super().environment(name), "TRACE_RATIO": "1", "TRACE_FILE": self.trace_file(name)}

    def service(self, name: str, env: Mapping[str, str] | None = None, *, instance: int = 2) -> Service:
        """A further process of a service, with a file of its own."""
        own = {"TRACE_FILE": self.trace_file(f"{name}-{instance}")}
        return super().service(name, {**own, **(env or {})}, instance=instance)

    def trace_file(self, name: str) -> str:
        """Where a process leaves its spans."""
        return str(self.folder.path / "traces" / f"{name}.jsonl")


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """Where the session's own broker and database keep their data; the logs stay for who looks."""
    folder = Folder(path=tmp_path_factory.mktemp("stores")).make()
    yield folder
    _forget(folder)


@pytest.fixture(scope="session")
def kafka(session_folder: Folder) -> Iterator[str]:
    """Addresses of a broker that answers; shared by the session, so give every topic and group a name of its own."""
    given = os.environ.get(BROKER_GIVEN)
    if given:
        host, _, port = given.split(",")[0].strip().rpartition(":")
        assert coordinates(host, int(port)), f"{BROKER_GIVEN}: no broker answers at {given}"
        yield given
        return
    broker = Kafka(session_folder)
    broker.start()
    yield broker.bootstrap
    broker.kill()


@pytest.fixture(scope="session")
def postgres_admin_dsn(session_folder: Folder) -> Iterator[str]:
    """Address of a server on which databases and roles may be made."""
    given = os.environ.get(DATABASE_GIVEN)
    if given:
        yield given
        return
    server = Postgres(session_folder)
    server.start()
    yield server.admin_dsn
    server.kill()


@pytest.fixture(scope="module")
def postgres(postgres_admin_dsn: str) -> Iterator[Provision]:
    """Fresh databases for one test file, with every role and schema; `postgres.dsn("intake")` is an address."""
    prefix = f"t{secrets.token_hex(4)}_"
    provision = Provision(admin_dsn=postgres_admin_dsn, passwords=new_passwords(), prefix=prefix)
    provision.apply()
    yield provision
    provision.drop()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole platform on a broker and a database of its own, made to be stopped, frozen and killed by tests.

    Its brand folders are a copy: a test may add one (`stack.values["REGISTRY_BRANDS_DIR"]`).
    """
    folder = Folder(path=tmp_path_factory.mktemp("platform")).make()
    brands = folder.path / "brands"
    shutil.copytree(ROOT / "infra" / "brands", brands)
    inherited = {name: value for name, value in os.environ.items() if name not in {BROKER_GIVEN, *DSNS}}
    own = {
        "PHIEU_PORT": str(free_port(set())),
        "REGISTRY_BRANDS_DIR": str(brands),
        "KAFKA_SESSION_TIMEOUT_MS": LEAST_SESSION_MS,
        "WEB_WRITES_PER_MINUTE": "100000",
        "WEB_API_WRITES_PER_MINUTE": "100000",
    }
    platform = TracedStack(folder, inherited | own)
    try:
        platform.start()
        yield platform
    finally:
        platform.kill()
        _forget(folder)


def _forget(folder: Folder) -> None:
    for data in (folder.kafka, folder.postgres):
        shutil.rmtree(data, ignore_errors=True)
