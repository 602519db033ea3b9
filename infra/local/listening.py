"""The outside subscriber as a program of its own: what it hears of one ticket."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from infra.local.faults import LocalError
from infra.local.process import bound

PATIENCE_SECONDS = 60.0
START = "asyncio.run(main())"
PRINTED = "print(envelope.time"


def program(shown: str, topic: str, broker: str) -> str:
    """The lines that outside teams are shown, told where to listen, with subject and type before what they print."""
    if START not in shown or PRINTED not in shown:
        raise LocalError("schemas/README.md shows no subscriber that the demo knows how to run.")
    started = shown.replace(START, f"asyncio.run(main({topic!r}, {broker!r}))")
    return started.replace(PRINTED, "print(envelope.subject, envelope.type, envelope.time")


class Subscriber:
    """A running subscriber, and the lines that it prints."""

    def __init__(self, source: str) -> None:
        # Isolated from this folder, so that it sees installed packages only.
        command = bound([sys.executable, "-I", "-u", "-c", source], "KILL")
        self.process = subprocess.Popen(command, cwd="/", stdout=subprocess.PIPE, text=True)
        self._lines: queue.Queue[str] = queue.Queue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def hears(self, subject: str, types: Collection[str]) -> list[str]:
        """What is said of this subject, as soon as each of these types is among it; bounded."""
        missing, said = set(types), []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while missing:
            about, kind, sentence = self._next(deadline, missing).split(" ", 2)
            if about == subject:
                missing.discard(kind)
                said.append(f"{kind} {sentence}")
        return said

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self._reading.join()
        self.process.communicate()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.strip())

    def _next(self, deadline: float, missing: Collection[str]) -> str:
        while time.monotonic() < deadline:
            is_over = not self._reading.is_alive()
            try:
                return self._lines.get(timeout=0 if is_over else 0.2)
            except queue.Empty:
                if is_over:
                    raise LocalError(f"The subscriber ended with {self.process.wait()}.") from None
        raise LocalError(f"The subscriber did not hear {', '.join(sorted(missing))} within {PATIENCE_SECONDS:.0f} s.")


@contextmanager
def listening(shown: str, topic: str, broker: str) -> Iterator[Subscriber]:
    """A subscriber for as long as this takes."""
    running = Subscriber(program(shown, topic, broker))
    try:
        yield running
    finally:
        running.end()
