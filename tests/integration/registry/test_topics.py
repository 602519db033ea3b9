"""The topics of a brand: made as declared, left alone when they are there, said when they differ."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from infra.local.folder import HOST, free_port
from phieu_schemas.topics import BRAND_FACTS, TICKET_EVENTS, TOPICS
from services.runtime.errors import RetryableError
from services.runtime.topics import Topics
from tests.integration.registry.running import eventually, made, new_brand

DECLARED = {"cleanup.policy": "delete", "retention.ms": "-1", "min.insync.replicas": "1"}


def topics(kafka: str, **settings: int) -> Topics:
    """What makes topics, with three partitions and one copy unless said."""
    return Topics(kafka.split(","), **({"partitions": 3, "replication": 1} | settings))


async def ensured(found: Topics, brand: str) -> None:
    """Have the topics as the registry has them: asked again while a broker does not yet know what it made."""

    async def are_there() -> bool:
        with contextlib.suppress(RetryableError):
            await found.ensure(brand)
        return brand in found.ensured

    await eventually(are_there)


async def described(kafka: str, name: str) -> tuple[int, Mapping[str, str]]:
    """The topic's partitions and settings, as the broker has them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        (topic,) = await admin.describe_topics([name])
        resource = ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(DECLARED))
        (answer,) = await admin.describe_configs([resource])
    finally:
        await admin.close()
    return len(topic["partitions"]), {entry[0]: entry[1] for entry in answer.resources[0][4]}


def differences(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """What was said to differ, by topic."""
    said = [vars(one) for one in caplog.records if one.levelno == logging.ERROR]
    return {str(one["topic"]): str(one["cause"]) for one in said}


async def test_every_declared_topic_is_made_as_it_is_declared(kafka: str) -> None:
    brand = new_brand()
    await ensured(topics(kafka, partitions=4), brand)
    assert await described(kafka, TICKET_EVENTS.name(brand)) == (4, DECLARED)
    assert await described(kafka, BRAND_FACTS.name(brand)) == (1, DECLARED)
    assert TOPICS == (TICKET_EVENTS, BRAND_FACTS)


async def test_topics_that_are_there_are_left_in_peace(kafka: str, caplog: pytest.LogCaptureFixture) -> None:
    brand = new_brand()
    for _ in range(2):
        await ensured(topics(kafka), brand)
    assert differences(caplog) == {}


async def test_a_topic_with_other_partitions_is_said_and_not_changed(
    kafka: str, caplog: pytest.LogCaptureFixture
) -> None:
    brand = new_brand()
    await ensured(topics(kafka), brand)
    await ensured(topics(kafka, partitions=5), brand)
    name = TICKET_EVENTS.name(brand)
    assert differences(caplog) == {name: "partitions is 3, declared is 5"}
    assert await described(kafka, name) == (3, DECLARED)


async def test_a_topic_that_forgets_is_said_and_not_changed(kafka: str, caplog: pytest.LogCaptureFixture) -> None:
    brand = new_brand()
    name = BRAND_FACTS.name(brand)
    await made(kafka, NewTopic(name, 1, 1, topic_configs=DECLARED | {"retention.ms": "60000"}))
    await ensured(topics(kafka), brand)
    assert differences(caplog) == {name: "retention.ms is 60000, declared is -1"}
    assert await described(kafka, name) == (1, DECLARED | {"retention.ms": "60000"})
    assert await described(kafka, TICKET_EVENTS.name(brand)) == (3, DECLARED)


async def test_a_broker_that_is_away_or_refuses_is_tried_again(kafka: str) -> None:
    with pytest.raises(RetryableError):
        await topics(f"{HOST}:{free_port(set())}").ensure(new_brand())
    brand, wanting_copies = new_brand(), topics(kafka, replication=3)
    with pytest.raises(RetryableError, match="InvalidReplicationFactorError"):
        await wanting_copies.ensure(brand)
    wanting_copies.replication = 1
    await wanting_copies.ensure(brand)
    assert await described(kafka, BRAND_FACTS.name(brand)) == (1, DECLARED)
