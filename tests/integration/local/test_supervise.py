"""The supervisor over small real programs, on a broker and a database that are given."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from infra.local.faults import DataHeldError
from infra.local.folder import Folder, free_port
from infra.local.provision import KEYS_READER, KEYS_WRITER, SERVICES_WITH_TABLES, Provision
from infra.local.reset import reset
from infra.local.wiring import DSNS, KAFKA
from tests.integration.local.toys import Supervisor, all_gone, supervisor

READY = "Ctrl-C stops everything"


@pytest.fixture
def given(kafka: str, postgres: Provision) -> dict[str, str]:
    """Addresses as a person would export them."""
    roles = (*SERVICES_WITH_TABLES, KEYS_WRITER, KEYS_READER)
    return {KAFKA: kafka, **dict(zip(DSNS, map(postgres.dsn, roles), strict=True))}


def child_of(running: Supervisor, name: str) -> psutil.Process:
    return next(child for child in running.family().values() if repr(name) in " ".join(child.cmdline()))


def test_what_is_given_is_used_and_not_started(tmp_path: Path, given: Mapping[str, str]) -> None:
    with supervisor(tmp_path / "data", "first", env=given) as running:
        running.waits_for(READY)
        assert f"{given[KAFKA]} (given)" in running.said
        assert [child.name() for child in running.family().values() if child.name() in {"java", "postgres"}] == []


def test_each_line_stands_behind_the_name_of_its_program(tmp_path: Path, given: Mapping[str, str]) -> None:
    with supervisor(tmp_path / "data", "first", "second", env={**given, "WORD": "xin chào"}) as running:
        running.waits_for("first    | first says xin chào\n")
        running.waits_for("second   | second says xin chào\n")
    assert "first says xin chào" in (tmp_path / "data" / "logs" / "first.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_the_opposite_order(
    tmp_path: Path, given: Mapping[str, str], number: signal.Signals
) -> None:
    with supervisor(tmp_path / "data", "first", "second", env=given) as running:
        running.waits_for(READY)
        family = running.family()
        running.child.send_signal(number)
        assert running.ended_with() == 0
        ending = running.said[running.said.index("stopping") :]
        assert 0 < ending.index("second") < ending.index("first")
        assert all_gone(family)


def test_a_key_press_reaches_the_supervisor_only(tmp_path: Path, given: Mapping[str, str]) -> None:
    with supervisor(tmp_path / "data", "first", "second", env=given) as running:
        running.waits_for(READY)
        os.killpg(running.child.pid, signal.SIGINT)
        assert running.ended_with() == 0
    logs = (tmp_path / "data" / "logs").glob("*.log")
    assert [log.name for log in logs if "KeyboardInterrupt" in log.read_text()] == []


def test_a_second_key_press_does_not_disturb_the_stopping(tmp_path: Path, given: Mapping[str, str]) -> None:
    with supervisor(tmp_path / "data", "first", "slow", env=given) as running:
        running.waits_for(READY)
        running.child.send_signal(signal.SIGINT)
        running.waits_for("stopping")
        running.child.send_signal(signal.SIGINT)
        assert running.ended_with() == 0
        assert running.said.count("stopped") == 2


def test_a_signal_during_the_start_stops_what_was_started(tmp_path: Path, given: Mapping[str, str]) -> None:
    with supervisor(tmp_path / "data", "first", "late", env=given) as running:
        running.waits_for("first ")
        family = running.family()
        running.child.send_signal(signal.SIGINT)
        assert running.ended_with() == 0
        assert all_gone(family)


def test_a_program_that_dies_is_said_and_ends_everything(tmp_path: Path, given: Mapping[str, str]) -> None:
    with supervisor(tmp_path / "data", "first", "second", env=given) as running:
        running.waits_for(READY)
        family = running.family()
        child_of(running, "first").kill()
        assert running.ended_with() == 1
        assert "first ENDED WITH -9" in running.said
        assert all_gone(family)


def test_a_program_that_cannot_start_shows_its_last_words(tmp_path: Path, given: Mapping[str, str]) -> None:
    with supervisor(tmp_path / "data", "first", "broken", env=given) as running:
        assert running.ended_with() == 1
        assert "broken ended with 1 while starting" in running.said
        assert "  it cannot work like this\n" in running.said


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path: Path, given: Mapping[str, str]) -> None:
    with supervisor(tmp_path / "data", "first", "stubborn", env=given) as running:
        running.waits_for(READY)
        family = running.family()
        assert len(family) == 2
        running.child.kill()
        assert all_gone(family)


def test_two_supervisors_on_one_folder_are_refused(tmp_path: Path, given: Mapping[str, str]) -> None:
    with supervisor(tmp_path / "data", "first", env=given) as running:
        running.waits_for(READY)
        with supervisor(tmp_path / "data", "first", env=given) as second:
            assert second.ended_with() == 1
        assert f"Another Phieu (process {running.child.pid}) is running" in second.said
        with pytest.raises(DataHeldError):
            reset(Folder(path=tmp_path / "data"), is_sure=True)
        assert running.child.poll() is None


def test_the_folder_is_free_again_after_a_kill(tmp_path: Path, given: Mapping[str, str]) -> None:
    with supervisor(tmp_path / "data", "first", env=given) as running:
        running.waits_for(READY)
    with supervisor(tmp_path / "data", "first", env=given) as again:
        again.waits_for(READY)


def test_a_given_broker_that_does_not_answer_is_named(tmp_path: Path, given: Mapping[str, str]) -> None:
    nobody = f"127.0.0.1:{free_port(set())}"
    with supervisor(tmp_path / "data", "first", env={**given, KAFKA: nobody}) as running:
        assert running.ended_with() == 1
        assert f"No broker answers at {KAFKA}={nobody}" in running.said


def test_half_of_the_database_addresses_are_not_enough(tmp_path: Path, given: Mapping[str, str]) -> None:
    with supervisor(tmp_path / "data", "first", env={**given, "QUERY_DSN": ""}) as running:
        assert running.ended_with() == 1
        assert "missing: QUERY_DSN" in running.said
