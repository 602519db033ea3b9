"""The doctor: what each command needs here, depending on what is given."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from infra.local import chromium
from infra.local import doctor as examined
from infra.local.doctor import doctor, parts
from infra.local.faults import LocalError
from infra.local.folder import HOST, Folder, free_port
from infra.local.jars import INSTALL_JAVA, INSTALL_MAVEN
from infra.local.secret_files import write_secret
from infra.local.wiring import DSNS, KAFKA

BROKER = {KAFKA: "broker:9092"}
DATABASES = dict.fromkeys(DSNS, "postgresql://elsewhere/db")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(path=tmp_path).make()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server((HOST, 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A machine that lacks these parts and has all others."""

    def lacks(*names: str) -> None:
        for check in ("_java", "_maven", "_postgres", "_browser", "_disk", "_parent_death_signals"):
            fault = f"install {check[1:]}" if check in names else None
            monkeypatch.setattr(examined, check, lambda *_, fault=fault: fault)
        for check in ("silent_broker", "silent_databases"):
            monkeypatch.setattr(examined, check, lambda _: None)

    return lacks


def needed_by(folder: Folder, given: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {part.name: part.needed_by for part in parts(folder, given)}


def test_with_nothing_given_run_needs_java_maven_and_postgres(folder: Folder) -> None:
    found = needed_by(folder, {})
    assert {found[name] for name in ("Python", "Java", "Maven", "PostgreSQL")} == {("make run", "make test")}


def test_a_browser_is_for_the_tests_and_a_port_for_the_run(folder: Folder) -> None:
    found = needed_by(folder, {})
    assert (found["Chromium"], found["port"]) == (("make test",), ("make run",))


def test_a_given_broker_spares_the_run_java_and_maven(folder: Folder) -> None:
    found = needed_by(folder, BROKER)
    assert {found["Java"], found["Maven"]} == {("make test",)}
    assert found["PostgreSQL"] == ("make run", "make test")
    assert found[f"broker of {KAFKA}"] == ("make run",)


def test_given_databases_spare_the_run_the_wheel(folder: Folder) -> None:
    found = needed_by(folder, DATABASES)
    assert found["PostgreSQL"] == ("make test",)
    assert "Java" in found


def test_half_of_the_databases_is_a_fault(folder: Folder) -> None:
    with pytest.raises(LocalError, match="missing: KEYS_READER_DSN"):
        parts(folder, {**DATABASES, "KEYS_READER_DSN": ""})


def test_what_only_the_tests_lack_does_not_stop_a_run(
    folder: Folder, bare: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    bare("_java", "_browser")
    assert doctor(folder, {**BROKER, **DATABASES, "PHIEU_PORT": str(free_port(set()))}) == 0
    said = capsys.readouterr().out
    assert "MISSING  Java (for make test): install java\n" in said
    assert "make run has all that it needs.\nmake test lacks: Java, Chromium.\n" in said


def test_what_the_run_lacks_is_an_error(
    folder: Folder, bare: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    bare("_java")
    assert doctor(folder, {"PHIEU_PORT": str(free_port(set()))}) == 1
    assert "MISSING  Java (for make run and make test): install java\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (INSTALL_JAVA, "apt-get install openjdk-17-jre-headless"),
        (INSTALL_MAVEN, "apt-get install maven"),
        (chromium.INSTALL, "apt-get install chromium"),
    ],
)
def test_what_to_install_is_said_in_the_words_of_a_shell(text: str, words: str) -> None:
    assert words in text


@pytest.mark.parametrize("text", [INSTALL_JAVA, INSTALL_MAVEN])
def test_every_address_that_would_do_instead_is_named(text: str) -> None:
    assert all(name in text for name in (KAFKA, *DSNS))


def test_the_port_of_a_stranger_is_taken(folder: Folder, taken: int) -> None:
    check = partial(examined._port, folder, taken)
    assert f"PHIEU_PORT={taken + 1} make run" in str(check())


def test_the_port_of_our_own_running_platform_is_not(
    folder: Folder, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_secret(folder.environment("addresses"), f"export WEB_URL=http://{HOST}:{taken}")
    monkeypatch.setattr(examined, "is_ready", lambda url: url == f"http://{HOST}:{taken}")
    assert examined._port(folder, taken) is None
