"""Gathers the evidence on a running platform, each part by a way of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

from tests.e2e.checker.evidence import Evidence, Position
from tests.e2e.checker.fold import keys_of
from tests.e2e.checker.log import dump, ends
from tests.e2e.checker.rows import rows_of, stored_of

BROKER = "KAFKA_BOOTSTRAP_SERVERS"


def topic_of(brand: str) -> str:
    """Where the brand's tickets are told of."""
    return f"ticket-events.{brand}"


def found(dsn: str, question: str, *given: object) -> list[tuple[Any, ...]]:
    """The rows that answer a question."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(question.encode(), given).fetchall()


async def position(values: Mapping[str, str], brand: str) -> Position:
    """How far everything got: first what is not published, then where the topic ends, then how far query is."""
    topic = topic_of(brand)
    outbox = found(values["INTAKE_DSN"], "SELECT subject, sequence FROM intake.outbox WHERE topic = %s", topic)
    ending = await ends(values[BROKER], topic)
    asked = "SELECT topic, partition, next_offset FROM query.checkpoint WHERE topic = %s"
    checkpoints = {(name, number): at for name, number, at in found(values["QUERY_DSN"], asked, topic)}
    parked = found(values["QUERY_DSN"], "SELECT coalesce(subject, ''), cause FROM query.parked WHERE topic = %s", topic)
    return Position(ends=ending, checkpoints=checkpoints, outbox=sorted(outbox), parked=parked)


async def gathered(values: Mapping[str, str], brand: str, at: Position) -> Evidence:
    """What each part says of the brand's tickets, looked at after this position."""
    lines = await dump(values[BROKER], [topic_of(brand)])
    keys = await asyncio.to_thread(keys_of, values["KEYS_DSN"], Path(values["KEYS_MASTER_KEY_FILE"]))
    rows = await asyncio.to_thread(rows_of, values["QUERY_DSN"], brand)
    stored, unpublished = await asyncio.to_thread(stored_of, values["INTAKE_DSN"], brand)
    return Evidence(
        position=at,
        lines=lines,
        keys=keys,
        rows=rows,
        stored=stored,
        unpublished=unpublished,
        ends=await ends(values[BROKER], topic_of(brand)),
    )
