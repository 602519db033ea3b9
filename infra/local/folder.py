"""Where everything local lies: one folder with data, secrets and logs, and the lock on it."""

from __future__ import annotations

import fcntl
import json
import os
import random
import shlex
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.faults import DataHeldError

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
# Below the range of outgoing connections, so that nobody takes the port of a part that is down for a while.
PORTS = range(20_000, 30_000)
HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of the loopback."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(taken: set[int]) -> int:
    """A port on which nobody listens, and that was not just given to somebody else."""
    return next(port for port in random.sample(PORTS, len(PORTS)) if port not in taken and is_free(port))


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The layout of one data folder."""

    path: Path = LOCAL

    @property
    def kafka(self) -> Path:
        """The broker's data and settings."""
        return self.path / "kafka"

    @property
    def postgres(self) -> Path:
        """The database's data."""
        return self.path / "postgres"

    @property
    def secrets(self) -> Path:
        """Keys and passwords, for the owner only."""
        return self.path / "secrets"

    @property
    def logs(self) -> Path:
        """What each process said."""
        return self.path / "logs"

    @property
    def attachments(self) -> Path:
        """Sealed attachments."""
        return self.path / "attachments"

    @property
    def api_keys(self) -> Path:
        """One API key per brand, for working on this machine."""
        return self.secrets / "api-keys.json"

    def environment(self, name: str) -> Path:
        """Shell lines with the settings of a service, as it was last started."""
        return self.secrets / f"environment-{name}.sh"

    def addresses(self) -> dict[str, str]:
        """The open addresses of the platform that was last started here."""
        file = self.environment("addresses")
        lines = file.read_text().splitlines() if file.exists() else []
        return dict(shlex.split(line)[1].split("=", 1) for line in lines)

    def make(self) -> Folder:
        """Make the folders that are missing."""
        self.path.mkdir(parents=True, exist_ok=True)
        for path in (self.kafka, self.logs, self.attachments, self.secrets):
            path.mkdir(mode=0o700, exist_ok=True)
        return self

    def port(self, name: str) -> int:
        """The internal port of a part: kept, and chosen again only when somebody else has it."""
        file = self.path / "ports.json"
        kept: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        if name not in kept or not is_free(kept[name]):
            kept[name] = free_port(set(kept.values()))
            file.write_text(json.dumps(kept, indent=2) + "\n")
        return kept[name]

    @contextmanager
    def held(self) -> Iterator[None]:
        """The lock that keeps a second supervisor away; it ends with the process, however that ends."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise DataHeldError(
                    f"Another Phieu (process {holder}) is running on {self.path}: stop it first (Ctrl-C there)."
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield
