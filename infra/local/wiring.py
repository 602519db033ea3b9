"""Which service is given which setting: the list of services, as data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

KAFKA = "KAFKA_BOOTSTRAP_SERVERS"
DSNS = ("REGISTRY_DSN", "INTAKE_DSN", "QUERY_DSN", "KEYS_DSN", "KEYS_READER_DSN")
SEALED = ("KEYS_DSN", "KEYS_MASTER_KEY_FILE", "ATTACHMENTS_URL")
TOPICS = ("TOPIC_PARTITIONS", "TOPIC_REPLICATION")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A service as a process: the settings that it is given, and those that go by another name here."""

    name: str
    reads: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    is_public: bool = False

    @property
    def start(self) -> tuple[str, ...]:
        """What is run."""
        return self.command or (sys.executable, "-m", f"services.{self.name}")

    @property
    def host_setting(self) -> str:
        """The setting with the address on which it listens."""
        return f"{self.name.upper()}_HOST"

    @property
    def port_setting(self) -> str:
        """The setting with the port on which it listens."""
        return f"{self.name.upper()}_PORT"

    @property
    def url_setting(self) -> str:
        """The setting with its address for others."""
        return f"{self.name.upper()}_URL"

    def chosen(self, values: Mapping[str, str]) -> dict[str, str]:
        """Out of all settings, those of this service."""
        names = (*self.reads, "PUBLIC_URL", self.host_setting, self.port_setting)
        return {name: values[self.renamed.get(name, name)] for name in names}


PROGRAMS = (
    Program(
        name="registry",
        reads=(KAFKA, "REGISTRY_DSN", "REGISTRY_BRANDS_DIR", "REGISTRY_ADMIN_KEY_FILE", *TOPICS),
    ),
    Program(name="intake", reads=(KAFKA, "INTAKE_DSN", *SEALED)),
    Program(name="query", reads=(KAFKA, "QUERY_DSN", *SEALED), renamed={"KEYS_DSN": "KEYS_READER_DSN"}),
    Program(name="web", reads=("REGISTRY_URL", "INTAKE_URL", "QUERY_URL", "WEB_SECRET_FILE"), is_public=True),
)
