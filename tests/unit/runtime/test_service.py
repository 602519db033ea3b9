"""The life of a process, seen from outside: what ends it, how fast, and with which exit code."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from infra.local.folder import HOST, free_port
from tests.unit.runtime.toy_process import GRACE_SECONDS

START = "from tests.unit.runtime.toy_process import run; run('{}')"
PATIENCE_SECONDS = 60.0
Process = subprocess.Popen[str]


class Started:
    """Toy processes, none of which outlives its test."""

    def __init__(self) -> None:
        self.processes: list[Process] = []

    def __call__(self, how: str, **environment: str) -> Process:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([".", "schemas"]), **environment}
        command = [sys.executable, "-c", START.format(how)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        self.processes.append(process)
        return process


@pytest.fixture
def started() -> Iterator[Started]:
    found = Started()
    yield found
    for process in found.processes:
        process.kill()
        process.communicate()


def until_said(process: Process, word: str) -> None:
    """Wait until the process has come so far."""
    assert process.stdout is not None
    assert any(line == f"{word}\n" for line in process.stdout), f"it ended before it said {word}"


def until_connected(port: int) -> socket.socket:
    """A connection to the process, once it listens."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return socket.create_connection((HOST, port), timeout=PATIENCE_SECONDS)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def ended(process: Process) -> tuple[int, str, list[dict[str, object]]]:
    """Exit code, what was said after the last wait, and what was logged."""
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, out, [json.loads(line) for line in err.splitlines() if line.startswith("{")]


def terminated(process: Process) -> float:
    """Ask for the end and wait for it; the seconds that it took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE_SECONDS)
    return time.monotonic() - began


def test_a_process_that_is_asked_ends_well(started: Started) -> None:
    process = started("well")
    until_said(process, "running")
    terminated(process)
    code, out, logged = ended(process)
    assert (code, out, logged[-1]["message"]) == (0, "closed\n", "stopped")


@pytest.mark.parametrize(("how", "error"), [("short", "LoopEndedError"), ("broken", "ZeroDivisionError")])
def test_a_dead_loop_is_a_dead_process_and_what_was_opened_is_closed(started: Started, how: str, error: str) -> None:
    code, out, logged = ended(started(how))
    assert (code, out.splitlines()[-1]) == (1, "closed")
    assert [line["error"] for line in logged if line["message"] == "a part of the process died"] == [error]
    assert "hush" not in json.dumps(logged)


def test_a_loop_that_ended_by_itself_is_named(started: Started) -> None:
    _, _, logged = ended(started("short"))
    assert [line["task"] for line in logged if line["message"] == "a part ended by itself"] == ["short"]


def test_what_cannot_be_opened_ends_the_process_and_what_was_opened_is_closed(started: Started) -> None:
    code, out, logged = ended(started("failing"))
    assert (code, out, logged[-1]["message"]) == (1, "closed\n", "the process cannot start")


def test_the_end_is_heard_while_the_process_still_opens(started: Started) -> None:
    process = started("opening")
    until_said(process, "opening")
    assert terminated(process) < PATIENCE_SECONDS / 2
    code, out, _ = ended(process)
    assert (code, out) == (0, "closed\n")


def test_a_loop_that_does_not_end_is_left_at_the_deadline(started: Started) -> None:
    process = started("deaf")
    until_said(process, "running")
    until_said(process, "running")
    assert GRACE_SECONDS - 1 < terminated(process) < PATIENCE_SECONDS / 2
    code, out, logged = ended(process)
    assert (code, out) == (0, "closed\n")
    assert [line["task"] for line in logged if line["message"] == "a loop did not end in time"] == ["endless"]


def test_requests_and_loops_share_one_deadline(started: Started) -> None:
    port = free_port(set())
    process = started("deaf", PORT=str(port))
    with closing(until_connected(port)) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nHost: toy\r\n\r\n")
        until_said(process, "asked")
        assert terminated(process) < 2 * GRACE_SECONDS - 1
    assert ended(process)[:2] == (0, "closed\n")


def test_a_wrong_setting_is_named_and_its_value_is_not_shown(started: Started) -> None:
    process = started("settings", RUNTIME_DSN="postgresql//toy:hush@h/phieu", RUNTIME_POOL_SIZE="hush", TRACE_RATIO="2")
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, out, "hush" in err) == (2, "", False)
    assert err.splitlines() == [
        "TRACE_RATIO: Input should be less than or equal to 1",
        "RUNTIME_DSN: Value error, this is no libpq URI",
        "RUNTIME_POOL_SIZE: Input should be a valid integer, unable to parse string as an integer",
    ]


def test_what_cannot_be_built_is_told_without_its_words(started: Started) -> None:
    process = started("parts")
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    line = json.loads(err)
    assert (process.returncode, out, line["message"], line["error"]) == (
        1,
        "",
        "the process cannot be built",
        "OSError",
    )
    assert "hush" not in err
