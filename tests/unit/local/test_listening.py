"""The subscriber beside the demo: small real programs that print as it does, or do not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.local import listening
from infra.local.demo import subscriber
from infra.local.faults import LocalError
from infra.local.listening import Subscriber, program

STORY = """
print("other received 10:00 Another ticket was received.")
print("mine received 10:01 My ticket was received.")
print("other supplemented 10:02 The customer of the other ticket added a message.")
print("mine supplemented 10:03 The customer added a message.")
print("mine supplemented 10:04 Too late.")
"""


@contextmanager
def saying(source: str) -> Iterator[Subscriber]:
    running = Subscriber(source)
    try:
        yield running
    finally:
        running.end()


def test_only_what_is_said_of_the_ticket_counts() -> None:
    with saying(STORY) as running:
        assert running.hears("mine", ["received", "supplemented"]) == [
            "received 10:01 My ticket was received.",
            "supplemented 10:03 The customer added a message.",
        ]


def test_a_program_that_ends_before_is_said() -> None:
    with saying(f"{STORY}\nraise SystemExit(3)") as running, pytest.raises(LocalError, match="ended with 3"):
        running.hears("mine", ["received", "erased"])


def test_what_is_never_heard_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PATIENCE_SECONDS", 0.5)
    with (
        saying(f"{STORY}\nimport time\ntime.sleep(60)") as running,
        pytest.raises(LocalError, match="did not hear erased"),
    ):
        running.hears("mine", ["received", "erased"])


def test_it_is_the_program_that_outside_teams_are_shown() -> None:
    source = program(subscriber(), "ticket-events.congsoxanh", "broker:9092")
    compile(source, sys.argv[0], "exec")
    assert "asyncio.run(main('ticket-events.congsoxanh', 'broker:9092'))" in source
    assert "print(envelope.subject, envelope.type, " in source
