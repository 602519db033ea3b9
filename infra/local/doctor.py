"""`doctor`: what this machine has, what it lacks, and what to install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from infra.local import chromium
from infra.local.database import as_ordinary_user, binaries
from infra.local.faults import LocalError
from infra.local.folder import HOST, Folder, is_free
from infra.local.given import PORT, gives_broker, gives_databases, public_port, silent_broker, silent_databases
from infra.local.jars import INSTALL_JAVA, INSTALL_MAVEN, are_fetched, java_of
from infra.local.probe import is_ready
from infra.local.process import completed
from infra.local.wiring import KAFKA

FREE_GIB = 2
PYTHON = (3, 11)
RUN, TEST = "make run", "make test"
BOTH = (RUN, TEST)

Check = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is needed, what for, and the question that is answered with None or with what to do about it."""

    name: str
    needed_by: tuple[str, ...]
    check: Check


def _python() -> str | None:
    return None if sys.version_info >= PYTHON else "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"


def _java() -> str | None:
    return None if java_of() else INSTALL_JAVA


def _maven() -> str | None:
    return None if shutil.which("mvn") or are_fetched() else INSTALL_MAVEN


def _parent_death_signals() -> str | None:
    try:
        tried = completed(["true"])
    except LocalError as error:
        return str(error)
    return None if tried.returncode == 0 else f"setpriv is refused here: {tried.stderr.strip()}"


def _postgres() -> str | None:
    try:
        server = [*as_ordinary_user(), str(binaries() / "postgres"), "--version"]
    except LocalError as error:
        return str(error)
    tried = subprocess.run(server, capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"the PostgreSQL binaries do not run here: {tried.stderr.strip()}"


def _disk(folder: Folder) -> str | None:
    there = next(path for path in (folder.path, *folder.path.parents) if path.exists())
    free = shutil.disk_usage(there).free / 2**30
    return None if free >= FREE_GIB else f"{free:.1f} GiB are free on {there}: {FREE_GIB} GiB are needed"


def _port(folder: Folder, port: int) -> str | None:
    ours = f"http://{HOST}:{port}"
    if is_free(port) or (folder.addresses().get("WEB_URL") == ours and is_ready(ours)):
        return None
    return f"port {port} is taken: stop the program that has it, or choose another: {PORT}={port + 1} make run"


def _browser() -> str | None:
    return None if chromium.found() or chromium.may_install() else chromium.INSTALL


def parts(folder: Folder, given: Mapping[str, str]) -> list[Part]:
    """What is needed here; tests start a broker and a database to kill them, even if others are given."""
    has_broker, has_databases = gives_broker(given), gives_databases(given)
    found = [
        Part("Python", BOTH, _python),
        Part("parent-death signals", BOTH, _parent_death_signals),
        Part("disk", BOTH, partial(_disk, folder)),
        Part("port", (RUN,), partial(_port, folder, public_port(given))),
        Part("Java", (TEST,) if has_broker else BOTH, _java),
        Part("Maven", (TEST,) if has_broker else BOTH, _maven),
        Part("PostgreSQL", (TEST,) if has_databases else BOTH, _postgres),
        Part("Chromium", (TEST,), _browser),
    ]
    if has_broker:
        found.append(Part(f"broker of {KAFKA}", (RUN,), partial(silent_broker, given)))
    if has_databases:
        found.append(Part("databases of the DSNs", (RUN,), partial(silent_databases, given)))
    return found


def doctor(folder: Folder, given: Mapping[str, str] = os.environ) -> int:
    """Print what was found; 1 when `make run` would not work."""
    lacking: dict[str, list[str]] = {RUN: [], TEST: []}
    for part in parts(folder, given):
        fault = part.check()
        print(f"{'MISSING' if fault else 'ok     '}  {part.name} (for {' and '.join(part.needed_by)})", end="")
        print(f": {fault}" if fault else "")
        for command in part.needed_by if fault else ():
            lacking[command].append(part.name)
    for command, names in lacking.items():
        print(f"{command} lacks: {', '.join(names)}." if names else f"{command} has all that it needs.")
    return 1 if lacking[RUN] else 0
