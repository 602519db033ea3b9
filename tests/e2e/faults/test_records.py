"""Records that come twice, late or with a gap, and records that no reader can fold."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

import psycopg
import pytest

from infra.local.stack import Stack
from phieu_schemas.codec import Record
from tests.e2e.checker.log import dump
from tests.e2e.faults.conftest import Trial
from tests.e2e.faults.made_up import TOPIC, MadeUp, produce, with_header


def parked(platform: Stack, made_up: MadeUp) -> list[str]:
    """Why records of this ticket are parked, in order."""
    with psycopg.connect(platform.values["QUERY_DSN"]) as connection:
        rows = connection.execute(
            'SELECT cause FROM query.parked WHERE subject = %s ORDER BY "offset"', (str(made_up.ticket_id),)
        ).fetchall()
    return [cause for (cause,) in rows]


def contents(platform: Stack, made_up: MadeUp) -> list[str | None]:
    """The ticket's messages as query has them."""
    with psycopg.connect(platform.values["QUERY_DSN"]) as connection:
        rows = connection.execute(
            "SELECT content FROM query.message WHERE ticket_id = %s ORDER BY message", (made_up.ticket_id,)
        ).fetchall()
    return [content for (content,) in rows]


async def eventually(found: Callable[[], object], wanted: object) -> None:
    """Wait, bounded, until it is so."""
    deadline = time.monotonic() + 30
    while found() != wanted and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    assert found() == wanted


async def test_the_whole_topic_delivered_again_changes_nothing(platform: Stack, trial: Trial) -> None:
    async with trial.customers.busy():
        await asyncio.sleep(2)
    assert await trial.verdict() == []
    lines = await dump(platform.values["KAFKA_BOOTSTRAP_SERVERS"], [TOPIC])
    own = {said.ticket_id for said in trial.customers.history.said}
    again = [
        Record(line.key or b"", line.value or b"", [(name, text.encode()) for name, text in line.headers.items()])
        for line in lines
        if line.subject in own
    ]
    await produce(platform, again)
    await asyncio.sleep(1)
    assert await trial.verdict() == []


async def test_a_gap_waits_for_what_is_missing_and_then_closes_in_order(platform: Stack, trial: Trial) -> None:
    made_up = MadeUp(platform)
    first, second, third = made_up.received("one"), made_up.supplemented(2, "two"), made_up.supplemented(3, "three")
    async with trial.customers.busy():
        await produce(platform, [first, third])
        await eventually(lambda: parked(platform, made_up), ["gap"])
        assert contents(platform, made_up) == ["one"]
        await produce(platform, [second])
        await eventually(lambda: contents(platform, made_up), ["one", "two", "three"])
        assert parked(platform, made_up) == []
    assert await trial.verdict(at_least=1) == []


def not_json(record: Record) -> Record:
    return record._replace(value=b"{")


def unknown_version(record: Record) -> Record:
    return with_header(record, "ce_type", b"phieu.ticket.received.v99")


def null_value(record: Record) -> Record:
    return record._replace(value=None)  # type: ignore[arg-type]  # a tombstone is what is tried here


def bad_headers(record: Record) -> Record:
    return with_header(record, "ce_sequence", b"one")


def without_headers(record: Record) -> Record:
    return record._replace(headers=[])


def not_what_the_schema_says(record: Record) -> Record:
    return record._replace(value=json.dumps({"number": 1}).encode())


def nearly_too_large(record: Record) -> Record:
    return record._replace(value=b'{"a":"' + b"x" * 900_000 + b'"}')


POISON: dict[Callable[[Record], Record], str] = {
    not_json: "not-json",
    unknown_version: "unknown-version",
    null_value: "null-value",
    bad_headers: "bad-headers",
    without_headers: "bad-headers",
    not_what_the_schema_says: "bad-data",
    nearly_too_large: "bad-data",
}


@pytest.mark.parametrize("spoil", POISON, ids=lambda spoil: spoil.__name__)
async def test_poison_parks_its_ticket_and_nothing_else(
    platform: Stack, trial: Trial, spoil: Callable[[Record], Record]
) -> None:
    made_up = MadeUp(platform)
    async with trial.customers.busy():
        await produce(platform, [spoil(made_up.received()), made_up.supplemented(2)])
        await eventually(lambda: parked(platform, made_up), [POISON[spoil], "behind"])
    assert await trial.verdict(at_least=1) == []


async def test_an_event_that_makes_the_fold_raise_parks_its_ticket_alone(platform: Stack, trial: Trial) -> None:
    made_up = MadeUp(platform)
    async with trial.customers.busy():
        broken = made_up.supplemented(2, message=7)
        await produce(platform, [made_up.received("one"), broken, made_up.supplemented(3, message=3)])
        await eventually(lambda: parked(platform, made_up), ["fold-failed", "behind"])
        assert contents(platform, made_up) == ["one"]
    assert await trial.verdict(at_least=1) == []


async def test_an_unknown_type_is_passed_over_and_its_ticket_goes_on(platform: Stack, trial: Trial) -> None:
    made_up = MadeUp(platform)
    later = with_header(made_up.supplemented(2), "ce_type", b"phieu.ticket.celebrated.v1")
    await produce(platform, [made_up.received("one"), later, made_up.supplemented(3, "two", message=2)])
    await eventually(lambda: contents(platform, made_up), ["one", "two"])


async def test_a_key_unknown_parks_and_a_key_deleted_folds_as_erased(platform: Stack, trial: Trial) -> None:
    unknown, deleted = MadeUp(platform, stored=False), MadeUp(platform)
    deleted.delete_key()
    async with trial.customers.busy():
        await produce(platform, [unknown.received(), deleted.received()])
        await eventually(lambda: parked(platform, unknown), ["key-unknown"])
        await eventually(lambda: contents(platform, deleted), [None])
    assert await trial.verdict(at_least=1) == []
