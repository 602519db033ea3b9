"""What the broker does not take, amid what it takes: its ticket or brand waits, and everything else goes on."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from infra.local.stack import Stack
from phieu_schemas.codec import Record
from tests.e2e.checker.gathering import found, topic_of
from tests.e2e.faults.conftest import Trial
from tests.e2e.faults.made_up import MODEL, TOPIC, MadeUp, contents
from tests.e2e.faults.topics import without
from tests.e2e.faults.watching import metric, outbox, until
from tests.e2e.readiness import wait_until_live

EVENT = """WITH event AS (INSERT INTO intake.events (event_id, brand, subject, sequence, type, accepted_at, facts, data)
    VALUES (%(ce_id)s, %(ce_brand)s, %(ce_subject)s, %(ce_sequence)s, %(ce_type)s, %(ce_time)s, %(ce_facts)s, %(data)s)
    RETURNING id, subject, sequence)
    INSERT INTO intake.outbox (id, topic, subject, sequence) SELECT id, %(topic)s, subject, sequence FROM event"""
LEFT = "SELECT sequence, held FROM intake.outbox WHERE subject = %s ORDER BY sequence"
REBUILT = "phieu_producer_rebuilt_total"


@contextmanager
def stored(platform: Stack, made_up: MadeUp, records: Sequence[Record]) -> Iterator[None]:
    """Intake has these events, and has not published them; afterwards it has never heard of them."""
    with psycopg.connect(platform.values["INTAKE_DSN"]) as connection:
        for _, value, headers in records:
            told = {name: text.decode() for name, text in headers}
            connection.execute(EVENT, {**told, "data": value, "topic": TOPIC})
    try:
        yield
    finally:
        with psycopg.connect(platform.values["INTAKE_DSN"]) as connection:
            for table in ("outbox", "events"):
                connection.execute(f"DELETE FROM intake.{table} WHERE subject = %s".encode(), (str(made_up.ticket_id),))


def left_of(platform: Stack, made_up: MadeUp) -> list[tuple[int, str | None]]:
    """What of the ticket is not published, and why."""
    rows = found(platform.values["INTAKE_DSN"], LEFT, str(made_up.ticket_id))
    return [(sequence, why) for sequence, why in rows]


async def test_a_batch_that_fails_in_the_producer_costs_only_the_ticket_that_is_too_large(
    platform: Stack, trial: Trial
) -> None:
    made_up, intake = MadeUp(platform), platform.services["intake"]
    too_large = made_up.supplemented(2)
    too_large = too_large._replace(value=too_large.value + b" " * 1_100_000)
    rebuilt = await asyncio.to_thread(metric, intake, REBUILT)
    async with trial.busy(at_least=200):
        with stored(platform, made_up, [made_up.received("one"), too_large, made_up.supplemented(3)]):
            aside = [(2, "MessageSizeTooLargeError"), (3, None)]
            await until(lambda: left_of(platform, made_up) == aside, "it is set aside, and what follows it")
            await trial.goes_on()
            await until(lambda: contents(platform, made_up) == ["one"], "what came before it is there")
            assert left_of(platform, made_up) == aside
    assert await asyncio.to_thread(metric, intake, REBUILT) > rebuilt
    assert await trial.verdict() == []


@pytest.fixture
def another_brand(platform: Stack, brands_folder: Path) -> Iterator[str]:
    """A brand that is live and of which nothing was heard yet."""
    brand = f"vang-{secrets.token_hex(4)}"
    shutil.copytree(brands_folder / MODEL, brands_folder / brand)
    wait_until_live(platform, brand)
    yield brand
    shutil.rmtree(brands_folder / brand)


async def test_a_brand_whose_topic_is_missing_waits_beside_healthy_ones(
    platform: Stack, trial: Trial, another_brand: str
) -> None:
    unlucky = Trial(platform, another_brand)
    async with trial.busy(at_least=200), unlucky.busy(at_least=50):
        async with without(platform, topic_of(another_brand)):
            await until(lambda: outbox(platform, another_brand) >= 20, "what is accepted waits")
            await trial.goes_on()
            assert outbox(platform, another_brand) >= 20
        await unlucky.goes_on()
    assert await trial.verdict() == []
    assert await unlucky.verdict() == []
