"""Topics that are taken away and given back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.local.stack import Stack


@asynccontextmanager
async def administering(platform: Stack) -> AsyncIterator[AIOKafkaAdminClient]:
    """A hand at the broker."""
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.values["KAFKA_BOOTSTRAP_SERVERS"])
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def without(platform: Stack, topic: str) -> AsyncIterator[None]:
    """The topic is gone, with all that was in it, and made again afterwards as the registry made it."""
    made = NewTopic(topic, int(platform.values["TOPIC_PARTITIONS"]), 1, topic_configs={"retention.ms": "-1"})
    async with administering(platform) as admin:
        await admin.delete_topics([topic])
        try:
            yield
        finally:
            answer = await admin.create_topics([made])
            assert [error[1] for error in answer.topic_errors] == [0]
