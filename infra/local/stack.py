"""Broker, database and services on one data folder, started in order and stopped in the opposite one."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from infra.local.broker import Kafka
from infra.local.database import Postgres
from infra.local.faults import LocalError, NotReadyError
from infra.local.folder import HOST, ROOT, Folder, free_port, is_free
from infra.local.given import PORT, gives_broker, gives_databases, public_port, silent_broker, silent_databases
from infra.local.probe import is_ready
from infra.local.process import Process, bound
from infra.local.provision import KEYS_READER, KEYS_WRITER, SERVICES_WITH_TABLES, Provision
from infra.local.secret_files import admin_key_file, master_key_file, passwords, web_secret_file, write_secret
from infra.local.wiring import DSNS, KAFKA, PROGRAMS, Program

Say = Callable[[str], None]


def silently(_line: str) -> None:
    """Say nothing."""


class Service(Process):
    """One process of a service."""

    def __init__(self, name: str, log: Path, program: Program, env: Mapping[str, str]) -> None:
        super().__init__(name, log, bound(program.start, "KILL"), env=env)
        self.url = f"http://{HOST}:{env[program.port_setting]}"

    def is_ready(self) -> bool:
        """Whether the service says that it is."""
        return is_ready(self.url)


class Stack:
    """The whole platform; what is given from outside (an address, a setting) is used instead of our own."""

    def __init__(
        self, folder: Folder, given: Mapping[str, str] = os.environ, *, programs: Sequence[Program] = PROGRAMS
    ) -> None:
        self.folder = folder.make()
        self.given = {name: value for name, value in given.items() if value}
        self.programs = {program.name: program for program in programs}
        self.kafka = None if gives_broker(self.given) else Kafka(folder)
        self.postgres = None if gives_databases(self.given) else Postgres(folder)
        self.services: dict[str, Service] = {}
        self.copies: list[Service] = []

    @property
    def public_url(self) -> str:
        """Where people go."""
        return self.given.get("PUBLIC_URL", f"http://localhost:{self.public_port}")

    @property
    def public_port(self) -> int:
        """The one port for people."""
        return public_port(self.given)

    @property
    def brands(self) -> list[str]:
        """The brands that the registry publishes."""
        return sorted(path.parent.name for path in Path(self.values["REGISTRY_BRANDS_DIR"]).glob("*/policy.yaml"))

    @property
    def admin_key_file(self) -> Path:
        """The key that may issue API keys."""
        return Path(self.values["REGISTRY_ADMIN_KEY_FILE"])

    @property
    def parts(self) -> list[Process]:
        """Every process of our own, in the order of the start."""
        own = [part for part in (self.kafka, self.postgres) if part]
        return [*own, *self.services.values(), *self.copies]

    @property
    def dead(self) -> list[Process]:
        """Processes that ended though nobody stopped them."""
        return [part for part in self.parts if part.child and not part.is_alive and not part.was_stopped]

    def url(self, name: str) -> str:
        """Where a service listens."""
        return f"http://{HOST}:{self.values[self.programs[name].port_setting]}"

    def start(self, say: Say = silently) -> None:
        """Start everything and wait until all of it works; one line each."""
        self._check_public_port()
        for log in self.folder.logs.glob("*.log"):
            log.replace(log.with_suffix(".log.1"))
        self._start_stores(say)
        self._write_environments()
        for program in self.programs.values():
            began = time.monotonic()
            service = self.services[program.name] = self._service(program, program.name, {})
            service.start()
            say(_line(program.name, service.url, began))

    def stop(self, say: Say = silently) -> None:
        """Stop everything in the opposite order."""
        for part in reversed(self.parts):
            began = time.monotonic()
            if part.is_alive:
                ended = "stopped" if part.stop() else "killed: it did not stop in time"
                say(_line(part.name, ended, began))

    def kill(self) -> None:
        """Kill everything without warning."""
        for part in reversed(self.parts):
            part.kill()

    def environment(self, name: str) -> dict[str, str]:
        """The environment of one service: its own settings, and nothing of another's."""
        program = self.programs[name]
        private = {*DSNS, KAFKA, *(name for other in self.programs.values() for name in other.reads)}
        inherited = {key: value for key, value in self.given.items() if key not in private}
        return {**inherited, "PYTHONUNBUFFERED": "1", **program.chosen(self.values)}

    def service(self, name: str, env: Mapping[str, str] | None = None, *, instance: int = 2) -> Service:
        """A further process of a service on a port of its own, not yet started."""
        program = self.programs[name]
        port = {program.port_setting: str(free_port(set()))}
        copy = self._service(program, f"{name}-{instance}", {**port, **(env or {})})
        self.copies.append(copy)
        return copy

    def _service(self, program: Program, name: str, env: Mapping[str, str]) -> Service:
        whole = {**self.environment(program.name), **env}
        return Service(name, self.folder.logs / f"{name}.log", program, whole)

    @cached_property
    def values(self) -> dict[str, str]:
        """Every setting of every service; what is given wins."""
        folder = self.folder
        own = {
            **dict(self._addresses()),
            **self._databases(),
            KAFKA: self.kafka.bootstrap if self.kafka else "",
            "PUBLIC_URL": self.public_url,
            "ATTACHMENTS_URL": folder.attachments.resolve().as_uri(),
            "KEYS_MASTER_KEY_FILE": str(master_key_file(folder)),
            "WEB_SECRET_FILE": str(web_secret_file(folder)),
            "REGISTRY_ADMIN_KEY_FILE": str(admin_key_file(folder)),
            "REGISTRY_BRANDS_DIR": str(ROOT / "infra" / "brands"),
            "TOPIC_PARTITIONS": "3",
            "TOPIC_REPLICATION": "1",
        }
        return {name: self.given.get(name, value) for name, value in own.items()}

    def _addresses(self) -> Iterator[tuple[str, str]]:
        for program in self.programs.values():
            own = self.public_port if program.is_public else self.folder.port(program.name)
            port = self.given.get(program.port_setting, str(own))
            yield program.host_setting, HOST
            yield program.port_setting, port
            yield program.url_setting, f"http://{HOST}:{port}"

    def _databases(self) -> dict[str, str]:
        if self.postgres is None:
            return {name: self.given[name] for name in DSNS}
        provision = self._provision(self.postgres)
        roles = (*SERVICES_WITH_TABLES, KEYS_WRITER, KEYS_READER)
        return dict(zip(DSNS, map(provision.dsn, roles), strict=True))

    def _provision(self, postgres: Postgres) -> Provision:
        return Provision(admin_dsn=postgres.admin_dsn, passwords=passwords(self.folder))

    def _check_public_port(self) -> None:
        if any(program.is_public for program in self.programs.values()) and not is_free(self.public_port):
            raise LocalError(
                f"Port {self.public_port} is taken by another program: stop it, or choose another port: "
                f"{PORT}={self.public_port + 1} make run"
            )

    def _start_stores(self, say: Say) -> None:
        began = time.monotonic()
        for part in (self.postgres, self.kafka):
            if part:
                part.begin()
        if self.postgres:
            self.postgres.wait_until_ready()
            self._provision(self.postgres).apply()
            say(_line("postgres", f"{HOST}:{self.postgres.port}", began))
        if self.kafka:
            self.kafka.wait_until_ready()
            say(_line("kafka", self.kafka.bootstrap, began))
        self._check_given(say)

    def _check_given(self, say: Say) -> None:
        began = time.monotonic()
        if self.kafka is None:
            self._refuse(silent_broker(self.given))
            say(_line("kafka", f"{self.given[KAFKA]} (given)", began))
        if self.postgres is None:
            self._refuse(silent_databases(self.given))
            say(_line("postgres", "(given)", began))

    @staticmethod
    def _refuse(fault: str | None) -> None:
        if fault:
            raise NotReadyError(fault)

    def _write_environments(self) -> None:
        for program in self.programs.values():
            lines = [f"export {name}={shlex.quote(value)}" for name, value in program.chosen(self.values).items()]
            write_secret(self.folder.environment(program.name), "\n".join(lines))
        open_names = (KAFKA, "PUBLIC_URL", *(program.url_setting for program in self.programs.values()))
        lines = [f"export {name}={shlex.quote(self.values[name])}" for name in open_names]
        write_secret(self.folder.environment("addresses"), "\n".join(lines))


def _line(name: str, what: str, began: float) -> str:
    return f"{name:<10} {time.monotonic() - began:5.1f} s  {what}"
