"""Looking while the load runs: whatever fails beside the main thread fails the row."""

from __future__ import annotations

import threading

import pytest

from tests.bench.door import meanwhile


def test_it_looks_until_the_run_has_ended() -> None:
    ended, looks = threading.Event(), []

    def look() -> None:
        looks.append(1)
        if len(looks) == 3:
            ended.set()

    meanwhile(look, lambda: ended.wait(30), pause_seconds=0.01, first_seconds=0.01)
    assert len(looks) >= 3


def test_a_load_generator_that_gives_up_is_heard() -> None:
    def run() -> None:
        raise SystemExit("7 requests were refused: nothing is measured.")

    with pytest.raises(SystemExit, match="7 requests"):
        meanwhile(lambda: None, run, first_seconds=0.01)


def test_a_look_that_fails_is_heard() -> None:
    ended = threading.Event()

    def look() -> None:
        ended.set()
        raise ConnectionError("no database")

    with pytest.raises(ConnectionError):
        meanwhile(look, lambda: ended.wait(30), first_seconds=0.01)
