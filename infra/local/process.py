"""One child process that never outlives its parent, not even when the parent is killed with -9."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from infra.local.faults import MissingPartError, NotReadyError, PartDiedError
from infra.local.folder import ROOT

# A parent-death signal is tied to the thread that forked, so one thread, which lives as long as the process, forks.
FORKER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="forker")
INSTALL_SETPRIV = (
    "setpriv is needed, so that no process is left behind: install it (Debian, Ubuntu: apt-get install util-linux)."
)
PARENT_STILL_THERE = 'test "$PPID" = "$0" || exit 1; exec "$@"'
POLL_SECONDS = 0.05
LAST_LINES = 15


def bound(command: Sequence[str], death_signal: str) -> list[str]:
    """The command, made to receive a signal at the moment when this process is gone."""
    if shutil.which("setpriv") is None:
        raise MissingPartError(INSTALL_SETPRIV)
    check = ["sh", "-c", PARENT_STILL_THERE, str(os.getpid())]
    return ["setpriv", "--pdeathsig", death_signal, *check, *command]


def completed(command: Sequence[str], prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, bound as well; a prefix stands before the binding."""
    return subprocess.run([*prefix, *bound(command, "KILL")], capture_output=True, text=True, check=False)


class Process:
    """A program with a log of its own that can be started, stopped, killed, frozen, and started again.

    Thread-safe enough for tests: a coroutine starts one with `asyncio.to_thread(part.start)`.
    """

    start_seconds = 120.0
    stop_signal = signal.SIGTERM

    def __init__(
        self, name: str, log: Path, command: Sequence[str] = (), *, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        self.command = list(command)
        self.env = env
        self.child: subprocess.Popen[bytes] | None = None
        self.was_stopped = False

    def prepare(self) -> None:
        """Make what must be there before the start, and settle the command."""

    def is_ready(self) -> bool:
        """Whether the part does its work, and not only runs."""
        return self.is_alive

    @property
    def pid(self) -> int:
        """The process id of the running, or last, child."""
        if self.child is None:
            raise PartDiedError(f"{self.name} was never started")
        return self.child.pid

    @property
    def is_alive(self) -> bool:
        """Whether the child runs (or is frozen)."""
        return self.child is not None and self.child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How the child ended; None while it runs."""
        return None if self.child is None else self.child.poll()

    def start(self) -> None:
        """Start, and wait until the part does its work."""
        self.begin()
        self.wait_until_ready()

    def begin(self) -> None:
        """Start without waiting; what the child says goes to the log."""
        self.was_stopped = False
        self.prepare()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self.child = FORKER.submit(self._forked, out.fileno()).result()

    def _forked(self, out: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_until_ready(self, seconds: float | None = None) -> None:
        """Wait until the part does its work; say what it said last if it dies, or does not answer."""
        patience = seconds or self.start_seconds
        deadline = time.monotonic() + patience
        while True:
            if not self.is_alive:
                raise PartDiedError(f"{self.name} ended with {self.exit_code} while starting.\n{self.last_words()}")
            if self.is_ready():
                return
            if time.monotonic() > deadline:
                raise NotReadyError(f"{self.name} does not answer after {patience:.0f} s.\n{self.last_words()}")
            time.sleep(POLL_SECONDS)

    def last_words(self) -> str:
        """The end of the log, with the place where the rest is."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([*(f"  {line}" for line in lines[-LAST_LINES:]), f"  (all of it: {self.log})"])

    def stop(self, grace_seconds: float = 25.0) -> bool:
        """Ask for the end, wait, and kill what is left; True when it ended by itself."""
        self.was_stopped = True
        if self.child is None or not self.is_alive:
            return True
        family = self._family()
        self._signal(family[:1], self.stop_signal)
        try:
            self.child.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self._signal(family, signal.SIGKILL)
            self.child.wait()
            return False
        self._signal(family[1:], signal.SIGKILL)
        return True

    def kill(self) -> None:
        """Kill the child and all that it started, as a power cut would."""
        if self.child is not None and self.is_alive:
            self._signal(self._family(), signal.SIGKILL)
            self.child.wait()

    def pause(self) -> None:
        """Freeze the child and all that it started; its connections stay open and silent."""
        self._signal(self._family(), signal.SIGSTOP)

    def resume(self) -> None:
        """Let the child, and all that it started, go on."""
        self._signal(self._family()[::-1], signal.SIGCONT)

    def _family(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    @staticmethod
    def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
        for process in processes:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
