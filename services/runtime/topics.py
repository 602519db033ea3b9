"""The topics that a brand needs: made as they are declared, never changed, and what differs is said."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from phieu_schemas.topics import TOPICS, Topic
from services.runtime.errors import RetryableError

LOG = logging.getLogger(__name__)
SECONDS = 10.0


class Topics:
    """Makes a brand's topics, once per process and brand."""

    def __init__(self, brokers: Sequence[str], *, partitions: int, replication: int) -> None:
        """`partitions` is for the topics that leave their number open."""
        self.brokers = list(brokers)
        self.partitions = partitions
        self.replication = replication
        self.ensured: set[str] = set()

    async def ensure(self, brand: str) -> None:
        """Have every declared topic of the brand; raises RetryableError where the broker is away or refuses."""
        if brand in self.ensured:
            return
        wanted = [self._wanted(topic, brand) for topic in TOPICS]
        try:
            async with asyncio.timeout(SECONDS), _admin(self.brokers) as admin:
                existing = await _made(admin, wanted)
                for topic in existing:
                    await _compare(admin, topic)
        except (KafkaError, TimeoutError, OSError) as error:
            raise RetryableError(type(error).__name__) from error
        self.ensured.add(brand)

    def _wanted(self, topic: Topic, brand: str) -> NewTopic:
        configs = {
            "cleanup.policy": topic.cleanup_policy,
            "retention.ms": str(topic.retention_ms),
            "min.insync.replicas": str(max(1, self.replication - 1)),
        }
        return NewTopic(topic.name(brand), topic.partitions or self.partitions, self.replication, topic_configs=configs)


@asynccontextmanager
async def _admin(brokers: list[str]) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers, request_timeout_ms=int(SECONDS * 1000))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _made(admin: AIOKafkaAdminClient, wanted: Sequence[NewTopic]) -> list[NewTopic]:
    """Make what is not there; gives what was."""
    answer = await admin.create_topics(list(wanted))
    codes = {name: code for name, code, *_ in answer.topic_errors}
    existing: list[NewTopic] = []
    for topic in wanted:
        error = for_code(codes[topic.name])
        if error is TopicAlreadyExistsError:
            existing.append(topic)
        elif codes[topic.name]:
            raise error(topic.name)
        else:
            LOG.info("a topic was made", extra={"topic": topic.name, "count": topic.num_partitions})
    return existing


async def _compare(admin: AIOKafkaAdminClient, wanted: NewTopic) -> None:
    """Say where a topic is not as it is declared; to mend it is for people."""
    found = {"partitions": await _partitions(admin, wanted.name), **await _configs(admin, wanted)}
    declared = {"partitions": str(wanted.num_partitions), **wanted.topic_configs}
    for name, value in declared.items():
        if found.get(name) != value:
            cause = f"{name} is {found.get(name)}, declared is {value}"
            LOG.error("a topic is not as declared", extra={"topic": wanted.name, "cause": cause})


async def _partitions(admin: AIOKafkaAdminClient, name: str) -> str:
    described: dict[str, Any] = (await admin.describe_topics([name]))[0]
    if described["error_code"]:
        raise for_code(described["error_code"])(name)
    return str(len(described["partitions"]))


async def _configs(admin: AIOKafkaAdminClient, wanted: NewTopic) -> dict[str, str]:
    names = dict.fromkeys(wanted.topic_configs)
    resource = ConfigResource(ConfigResourceType.TOPIC, wanted.name, names)
    answer = (await admin.describe_configs([resource]))[0]
    return {entry[0]: entry[1] for _, _, _, _, entries in answer.resources for entry in entries}
