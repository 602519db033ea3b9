"""The broker's jars: resolved by Maven once per pom, then taken from the folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from infra.local.faults import LocalError, MissingPartError
from infra.local.folder import LOCAL
from infra.local.process import completed
from infra.local.wiring import DSNS, KAFKA

POM = Path(__file__).parent / "kafka" / "pom.xml"
JARS = LOCAL / "kafka" / "libs"
JAVA_NEEDED = 17
OR_GIVE_ADDRESSES = f"or give the addresses of a broker and a database that run already: {KAFKA} and {', '.join(DSNS)}."
INSTALL_JAVA = (
    "Java 17 or newer is needed to run the broker: install it "
    "(Debian, Ubuntu: apt-get install openjdk-17-jre-headless), " + OR_GIVE_ADDRESSES
)
INSTALL_MAVEN = (
    "Maven is needed to fetch the broker: install it (Debian, Ubuntu: apt-get install maven), " + OR_GIVE_ADDRESSES
)


def java_of(environment: Mapping[str, str] = os.environ) -> str | None:
    """The java of JAVA_HOME or of the PATH, if it is new enough."""
    homes = [f"{environment['JAVA_HOME']}/bin"] if environment.get("JAVA_HOME") else []
    for path in (*homes, environment.get("PATH", "")):
        found = shutil.which("java", path=path)
        if found and java_version(found) >= JAVA_NEEDED:
            return found
    return None


def java_version(java: str) -> int:
    """The major version that a java gives itself; 0 when it gives none."""
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def class_path() -> str:
    """The jars as a class path; fetched first when the pom is new."""
    JARS.parent.mkdir(parents=True, exist_ok=True)
    with (JARS.parent / "libs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not are_fetched():
            _fetch()
            _stamp().write_text(_pom())
    return f"{JARS}/*"


def are_fetched() -> bool:
    """Whether the jars of this pom are there."""
    return _stamp().exists() and _stamp().read_text() == _pom()


def _stamp() -> Path:
    return JARS / "pom.sha256"


def _pom() -> str:
    return hashlib.sha256(POM.read_bytes()).hexdigest()


def _fetch() -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingPartError(INSTALL_MAVEN)
    shutil.rmtree(JARS, ignore_errors=True)
    command = [maven, "-B", "-q", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime"]
    done = completed([*command, f"-DoutputDirectory={JARS}"])
    if done.returncode:
        raise LocalError(f"Maven could not fetch the broker:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
