"""A supervisor over small real programs, run as a process of its own so that it can be interrupted and killed.

`python -m tests.integration.local.toys <folder> <program>...`; without programs only broker and database.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from infra.local.folder import ROOT, Folder
from infra.local.supervise import run
from infra.local.wiring import KAFKA, Program

SERVER = """
import http.server, os, signal, sys
class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()
    def log_message(self, *words):
        pass
print(os.environ["NAME"], "says", os.environ.get("WORD", "hello"))
{more}
http.server.HTTPServer(("127.0.0.1", int(os.environ[os.environ["NAME"].upper() + "_PORT"])), Door).serve_forever()
"""
MORE = {
    "stubborn": "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "slow": "import time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), sys.exit()))",
    "broken": "sys.exit('it cannot work like this')",
    "late": "import time; time.sleep(60)",
}


def toy(name: str) -> Program:
    """A program that serves /readyz and says a line."""
    source = SERVER.format(more=MORE.get(name, "")).replace('os.environ["NAME"]', repr(name))
    return Program(name=name, reads=(KAFKA,), command=(sys.executable, "-u", "-c", source))


def command_for(folder: Path, *programs: str) -> list[str]:
    """A supervisor over these programs."""
    return [sys.executable, "-u", "-m", "tests.integration.local.toys", str(folder), *programs]


class Supervisor:
    """The supervisor's process, and what it said."""

    def __init__(self, output: Path, command: Sequence[str], env: Mapping[str, str]) -> None:
        self.output = output
        with self.output.open("wb") as out:
            self.child = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **env}, stdout=out, stderr=out, start_new_session=True
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def waits_for(self, words: str, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.said:
            assert self.child.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def family(self) -> dict[str, psutil.Process]:
        """The processes that it started, by their number."""
        return {str(child.pid): child for child in psutil.Process(self.child.pid).children(recursive=True)}

    def ended_with(self, seconds: float = 60.0) -> int:
        return self.child.wait(seconds)


@contextmanager
def supervisor(
    folder: Path, *programs: str, env: Mapping[str, str], command: Sequence[str] = ()
) -> Iterator[Supervisor]:
    """A supervisor that is gone at the end, with all that it started, however the test ends."""
    output = folder.with_name(f"{folder.name}.out")
    running = Supervisor(output, command or command_for(folder, *programs), env)
    try:
        yield running
    finally:
        running.child.kill()
        running.child.wait()


def all_gone(processes: Mapping[str, psutil.Process], seconds: float = 20.0) -> bool:
    """Whether these processes end within the time; a corpse that nobody has collected is gone."""
    deadline = time.monotonic() + seconds
    while any(_lives(process) for process in processes.values()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    sys.exit(run(Folder(path=Path(sys.argv[1])), programs=[toy(name) for name in sys.argv[2:]]))
