"""The broker: Apache Kafka in KRaft mode, one node, on the loopback."""

from __future__ import annotations

import base64
import uuid
from pathlib import Path

from infra.local.faults import LocalError, MissingPartError
from infra.local.folder import HOST, Folder
from infra.local.jars import INSTALL_JAVA, class_path, java_of
from infra.local.probe import coordinates
from infra.local.process import Process, bound, completed

LOG_SETTINGS = Path(__file__).parent / "kafka" / "log4j2.properties"
MEMORY = ("-Xms160m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
# The log is the record: nothing expires unless its topic says so. The cleaner's buffer would take half of the heap.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "1000",
    "controlled.shutdown.enable": "true",
    "log.retention.ms": "-1",
    "log.cleaner.dedupe.buffer.size": "8388608",
}


def cluster_id() -> str:
    """A new cluster id, as Kafka writes it: never with a dash in front, which its tools take for an option."""
    new = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    return cluster_id() if new.startswith("-") else new


class Kafka(Process):
    """One broker on one data folder; it starts again on yesterday's data."""

    def __init__(self, folder: Folder) -> None:
        super().__init__("kafka", folder.make().logs / "kafka.log")
        self.port = folder.port("kafka")
        self.controller_port = folder.port("kafka-controller")
        self.log_dir = folder.kafka / "log"
        self._settings_file = folder.kafka / "server.properties"

    @property
    def bootstrap(self) -> str:
        """What clients are given."""
        return f"{HOST}:{self.port}"

    def prepare(self) -> None:
        """Find Java and the jars, write the settings; the first time, format the storage."""
        java = java_of()
        if java is None:
            raise MissingPartError(INSTALL_JAVA)
        command = [java, *MEMORY, f"-Dlog4j2.configurationFile={LOG_SETTINGS}", "-cp", class_path()]
        self._settings_file.write_text("".join(f"{key}={value}\n" for key, value in self.settings().items()))
        if not (self.log_dir / "meta.properties").exists():
            self._format(command)
        self.command = bound([*command, "kafka.Kafka", str(self._settings_file)], "KILL")

    def is_ready(self) -> bool:
        """Whether the group coordinator answers: the port alone opens too early."""
        return coordinates(HOST, self.port)

    def settings(self) -> dict[str, str]:
        """The broker's settings for this folder and these ports."""
        listener, controller = f"PLAINTEXT://{self.bootstrap}", f"CONTROLLER://{HOST}:{self.controller_port}"
        own = {
            "listeners": f"{listener},{controller}",
            "advertised.listeners": listener,
            "controller.quorum.voters": f"1@{HOST}:{self.controller_port}",
            "log.dirs": str(self.log_dir),
        }
        return SETTINGS | own

    def _format(self, command: list[str]) -> None:
        format_it = ["kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", cluster_id()]
        done = completed([*command, *format_it, "-c", str(self._settings_file)])
        if done.returncode:
            raise LocalError(f"The broker's storage could not be formatted:\n{done.stdout}{done.stderr}")
