"""The stack as tests use it: further copies of a service, and parts that are killed and frozen one by one."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.faults import PartDiedError
from infra.local.folder import Folder
from infra.local.process import bound
from infra.local.provision import KEYS_READER, KEYS_WRITER, SERVICES_WITH_TABLES, Provision
from infra.local.stack import Stack
from infra.local.wiring import DSNS, KAFKA
from tests.integration.local.toys import toy


@pytest.fixture
def toys(tmp_path: Path, kafka: str, postgres: Provision) -> Iterator[Stack]:
    """Two small real programs, started."""
    roles = (*SERVICES_WITH_TABLES, KEYS_WRITER, KEYS_READER)
    given = {KAFKA: kafka, **dict(zip(DSNS, map(postgres.dsn, roles), strict=True)), "PATH": "/usr/bin:/bin"}
    built = Stack(Folder(path=tmp_path), given, programs=[toy("first"), toy("stubborn")])
    built.start()
    yield built
    built.kill()


def test_a_copy_runs_beside_the_first_on_a_port_of_its_own(toys: Stack) -> None:
    copy = toys.service("first", {"WORD": "from the copy"})
    copy.start()
    assert copy.url != toys.services["first"].url
    assert toys.services["first"].is_ready()
    assert "first says from the copy" in copy.log.read_text()


def test_a_killed_service_is_dead_and_can_be_started_again(toys: Stack) -> None:
    service = toys.services["first"]
    service.kill()
    assert toys.dead == [service]
    service.start()
    assert toys.dead == []


def test_a_frozen_service_is_alive_and_silent(toys: Stack) -> None:
    service = toys.services["first"]
    service.pause()
    assert service.is_alive
    assert not service.is_ready()
    service.resume()
    service.wait_until_ready()


def test_a_service_that_ignores_the_request_is_killed_after_the_grace(toys: Stack) -> None:
    service = toys.services["stubborn"]
    assert not service.stop(grace_seconds=0.2)
    assert not service.is_alive


def test_a_stopped_part_does_not_count_as_dead_after_the_stop_of_all(toys: Stack) -> None:
    lines: list[str] = []
    toys.services["stubborn"].kill()
    toys.stop(lines.append)
    assert [line.split()[0] for line in lines] == ["first"]


def test_a_service_outlives_the_thread_that_started_it(toys: Stack) -> None:
    copy = toys.service("first")
    thread = threading.Thread(target=copy.start)
    thread.start()
    thread.join()
    time.sleep(0.2)
    assert copy.is_alive


def test_a_program_whose_parent_is_gone_already_does_not_start() -> None:
    by_another_parent = ["sh", "-c", '"$@"; exit $?', "sh", *bound(["echo", "started"], "KILL")]
    assert subprocess.run(bound(["echo", "started"], "KILL"), capture_output=True, check=False).stdout == b"started\n"
    assert subprocess.run(by_another_parent, capture_output=True, check=False).stdout == b""


def test_what_was_said_yesterday_lies_beside_what_is_said_today(toys: Stack) -> None:
    toys.kill()
    again = Stack(toys.folder, {**toys.given, "WORD": "today"}, programs=[toy("first")])
    again.start()
    again.kill()
    assert "first says hello" in (toys.folder.logs / "first.log.1").read_text()
    assert "first says today" in (toys.folder.logs / "first.log").read_text()


def test_a_copy_that_cannot_start_says_why(toys: Stack) -> None:
    copy = toys.service("first", {"PYTHONHOME": "/nowhere"})
    with pytest.raises(PartDiedError, match="No module named 'encodings'"):
        copy.start()
