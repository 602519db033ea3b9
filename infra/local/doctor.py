"""`doctor`: what this machine has, what it lacks, and what to install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping

from infra.local import chromium
from infra.local.database import as_ordinary_user, binaries
from infra.local.faults import LocalError
from infra.local.folder import LOCAL, is_free
from infra.local.jars import INSTALL_JAVA, INSTALL_MAVEN, JARS, java_of
from infra.local.stack import PUBLIC_PORT

FREE_GIB = 2
PYTHON = (3, 11)

Finding = tuple[str, str | None]


def _python() -> str | None:
    return None if sys.version_info >= PYTHON else "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"


def _java() -> str | None:
    return None if java_of() else INSTALL_JAVA


def _maven() -> str | None:
    return None if shutil.which("mvn") or (JARS / "pom.sha256").exists() else INSTALL_MAVEN


def _parent_death_signals() -> str | None:
    if shutil.which("setpriv") is None:
        return "setpriv is needed, so that no process is left behind: install it (Debian, Ubuntu: util-linux)"
    tried = subprocess.run(["setpriv", "--pdeathsig", "KILL", "true"], capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"setpriv is refused here: {tried.stderr.strip()}"


def _postgres() -> str | None:
    try:
        server = [*as_ordinary_user(), str(binaries() / "postgres"), "--version"]
    except LocalError as error:
        return str(error)
    tried = subprocess.run(server, capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"the PostgreSQL binaries do not run here: {tried.stderr.strip()}"


def _disk() -> str | None:
    there = next(path for path in (LOCAL, *LOCAL.parents) if path.exists())
    free = shutil.disk_usage(there).free / 2**30
    return None if free >= FREE_GIB else f"{free:.1f} GiB are free on {there}: {FREE_GIB} GiB are needed"


def _port(given: Mapping[str, str]) -> str | None:
    port = int(given.get("PHIEU_PORT", PUBLIC_PORT))
    taken = f"port {port} is taken: stop the program that has it, or choose another: PHIEU_PORT={port + 1} make run"
    return None if is_free(port) else taken


def _browser() -> str | None:
    if chromium.found() or chromium.may_install():
        return None
    return chromium.INSTALL


def findings(given: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Each part with None, or with what to do about it."""
    checks: dict[str, Callable[[], str | None]] = {
        "Python": _python,
        "Java": _java,
        "Maven": _maven,
        "parent-death signals": _parent_death_signals,
        "PostgreSQL": _postgres,
        "disk": _disk,
        "port": lambda: _port(given),
        "Chromium": _browser,
    }
    for name, check in checks.items():
        yield name, check()


def doctor(given: Mapping[str, str] = os.environ) -> int:
    """Print what was found; 1 when something is missing."""
    faults = 0
    for name, fault in findings(given):
        faults += fault is not None
        print(f"{'ok     ' if fault is None else 'MISSING'}  {name}{'' if fault is None else ': ' + fault}")
    print("This machine has all that is needed." if not faults else f"{faults} missing.")
    return 1 if faults else 0
