"""The fixtures that hand out a broker, databases and the running platform; `tests/stores.py` obtains them."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator

import pytest

from infra.local.folder import ROOT, Folder, free_port
from infra.local.provision import Provision, new_passwords
from infra.local.stack import Stack
from tests import stores

LEAST_SESSION_MS = "6000"


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Where the session's own broker and database keep their data; the logs stay for who looks."""
    return Folder(path=tmp_path_factory.mktemp("stores")).make()


@pytest.fixture(scope="session")
def kafka(session_folder: Folder) -> Iterator[str]:
    """Addresses of a broker that answers; shared by the session, so give every topic and group a name of its own."""
    with stores.broker(session_folder) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def postgres_admin_dsn(session_folder: Folder) -> Iterator[str]:
    """Address of a server on which databases and roles may be made."""
    with stores.database(session_folder) as address:
        yield address


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
    own = {
        "PHIEU_PORT": str(free_port(set())),
        "REGISTRY_BRANDS_DIR": str(brands),
        "KAFKA_SESSION_TIMEOUT_MS": LEAST_SESSION_MS,
        "TRACE_RATIO": "1",
        "TRACE_FILE": str(folder.path / "traces" / "spans.jsonl"),
        "WEB_WRITES_PER_MINUTE": "100000",
        "WEB_API_WRITES_PER_MINUTE": "100000",
    }
    with stores.platform(folder, own) as running:
        yield running
