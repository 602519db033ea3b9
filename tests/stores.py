"""The one place where tests, bench and guards obtain a broker and a database: what is given, else parts of our own.

Containers come in here, and nowhere else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from infra.local.broker import Kafka
from infra.local.database import Postgres
from infra.local.folder import Folder
from infra.local.given import silent_broker
from infra.local.stack import Say, Stack, silently
from infra.local.wiring import DSNS, KAFKA, PROGRAMS, Program

BROKER_GIVEN, DATABASE_GIVEN = KAFKA, "POSTGRES_ADMIN_DSN"


@contextmanager
def broker(folder: Folder) -> Iterator[str]:
    """Addresses of a broker that answers."""
    if given := os.environ.get(BROKER_GIVEN):
        fault = silent_broker({KAFKA: given})
        assert fault is None, fault
        yield given
        return
    own = Kafka(folder)
    try:
        own.start()
        yield own.bootstrap
    finally:
        own.kill()
        shutil.rmtree(folder.kafka, ignore_errors=True)


@contextmanager
def database(folder: Folder) -> Iterator[str]:
    """Address of a server on which databases and roles may be made."""
    if given := os.environ.get(DATABASE_GIVEN):
        yield given
        return
    own = Postgres(folder)
    try:
        own.start()
        yield own.admin_dsn
    finally:
        own.kill()
        shutil.rmtree(folder.postgres, ignore_errors=True)


@contextmanager
def platform(
    folder: Folder, own: Mapping[str, str], programs: Sequence[Program] = PROGRAMS, say: Say = silently
) -> Iterator[Stack]:
    """A platform on stores of its own, whatever is given: made to be stopped, frozen, killed and measured."""
    inherited = {name: value for name, value in os.environ.items() if name not in {KAFKA, *DSNS}}
    stack = Stack(folder, {**inherited, **own}, programs=programs)
    try:
        stack.start(say)
        yield stack
    finally:
        stack.kill()
        for data in (folder.kafka, folder.postgres):
            shutil.rmtree(data, ignore_errors=True)
