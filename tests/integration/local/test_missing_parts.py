"""What a person reads when the machine lacks a part: which one, and what to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from infra.local import jars
from infra.local.broker import Kafka
from infra.local.faults import MissingPartError
from infra.local.folder import HOST, ROOT, Folder
from infra.local.provision import ROLES, Provision
from infra.local.wiring import DSNS, KAFKA

NEITHER = dict.fromkeys((KAFKA, *DSNS), "")
NO_JAVA = {"JAVA_HOME": ""}


def said_by(command: str, env: Mapping[str, str]) -> tuple[int, str]:
    """Exit code and words of the supervisor in this environment."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.local", command],
        cwd=ROOT,
        env={**os.environ, **NEITHER, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def old_java(tmp_path: Path) -> Path:
    """A folder with a java that is too old, and what else the start needs."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "java").write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    (programs / "java").chmod(0o755)
    for needed in ("sh", "setpriv", "unshare", "true"):
        (programs / needed).symlink_to(f"/usr/bin/{needed}")
    return programs


@pytest.fixture
def taken_port() -> Iterator[str]:
    """A port on which somebody listens."""
    with socket.create_server((HOST, 0)) as listener:
        yield str(listener.getsockname()[1])


def test_without_java_the_message_says_what_to_install(tmp_path: Path, old_java: Path) -> None:
    code, said = said_by("run", {**NO_JAVA, "PATH": str(old_java), "PHIEU_DATA": str(tmp_path / "data")})
    assert code == 1
    assert "Java 17 or newer is needed" in said
    assert "apt-get install openjdk-17-jre-headless" in said
    assert all(name in said for name in (KAFKA, *DSNS))
    assert "Traceback" not in said


def test_without_maven_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = jars.java_of()
    (tmp_path / "java").symlink_to(str(java))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(jars, "JARS", tmp_path / "libs")
    with pytest.raises(MissingPartError, match=r"Maven is needed .*apt-get install maven"):
        Kafka(Folder(path=tmp_path / "data")).begin()


def test_without_setpriv_the_message_says_what_to_install(tmp_path: Path, old_java: Path) -> None:
    (old_java / "setpriv").unlink()
    code, said = said_by("run", {"PATH": str(old_java), "PHIEU_DATA": str(tmp_path / "data")})
    assert code == 1
    assert "apt-get install util-linux" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", ["run", "doctor"])
def test_what_is_no_port_is_named(tmp_path: Path, command: str) -> None:
    code, said = said_by(command, {"PHIEU_PORT": "http", "PHIEU_DATA": str(tmp_path / "data")})
    assert (code, said.strip()) == (1, "PHIEU_PORT=http is no port: give a number from 1 to 65535.")


def test_an_address_without_a_port_is_named(tmp_path: Path, free: str) -> None:
    given = {KAFKA: "broker", **dict.fromkeys(DSNS, "postgresql://nobody@127.0.0.1:1/db")}
    code, said = said_by("run", {**given, "PHIEU_PORT": free, "PHIEU_DATA": str(tmp_path / "data")})
    assert code == 1
    assert "'broker' is no address of a broker: write host:port" in said
    assert "Traceback" not in said


def test_a_taken_public_port_is_named_before_anything_starts(tmp_path: Path, taken_port: str) -> None:
    code, said = said_by("run", {"PHIEU_PORT": taken_port, "PHIEU_DATA": str(tmp_path / "data")})
    assert code == 1
    assert f"Port {taken_port} is taken" in said
    assert f"PHIEU_PORT={int(taken_port) + 1} make run" in said
    assert not (tmp_path / "data" / "postgres").exists()


def test_the_doctor_finds_nothing_on_a_machine_that_runs_these_tests(free: str) -> None:
    code, said = said_by("doctor", {"PHIEU_PORT": free})
    assert (code, "MISSING" in said) == (0, False), said


def test_an_empty_port_is_the_usual_one_for_the_doctor_too() -> None:
    _, said = said_by("doctor", {"PHIEU_PORT": ""})
    assert "Traceback" not in said
    assert "  port (for make run)" in said


def test_the_doctor_asks_what_is_given_and_needs_no_java_for_the_run(
    tmp_path: Path, free: str, kafka: str, postgres: Provision
) -> None:
    given = {KAFKA: kafka, **dict(zip(DSNS, map(postgres.dsn, ROLES), strict=True))}
    programs = tmp_path / "programs"
    programs.mkdir()
    for needed in ("sh", "setpriv", "unshare", "true"):
        (programs / needed).symlink_to(f"/usr/bin/{needed}")
    code, said = said_by("doctor", {**given, **NO_JAVA, "PATH": str(programs), "PHIEU_PORT": free})
    assert code == 0, said
    assert "make run has all that it needs.\nmake test lacks: Java, " in said
    assert f"ok       broker of {KAFKA} (for make run)" in said


def test_the_doctor_names_every_missing_part(tmp_path: Path, taken_port: str) -> None:
    code, said = said_by("doctor", {**NO_JAVA, "PATH": str(tmp_path), "PHIEU_PORT": taken_port})
    missing = {line.split("  ")[1].split(" (")[0] for line in said.splitlines() if line.startswith("MISSING")}
    assert code == 1
    assert {"Java", "parent-death signals", "port", "Chromium"} <= missing, said
    assert all(f"apt-get install {name}" in said for name in ("openjdk-17-jre-headless", "util-linux", "chromium"))


@pytest.fixture
def free() -> str:
    """A port on which nobody listens."""
    with socket.create_server((HOST, 0)) as listener:
        return str(listener.getsockname()[1])


def test_settings_are_not_there_before_the_first_start(tmp_path: Path) -> None:
    code, said = said_by("env", {"PHIEU_DATA": str(tmp_path / "data")})
    assert code == 1
    assert "make run" in said
