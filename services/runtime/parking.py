"""The parked table: records that wait, unchanged, with their cause; and the rows in and out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.runtime.delivery import Item, Place, Raw, read
from services.runtime.inbox import GAP
from services.runtime.metrics import PARKED, PARKED_AGE_SECONDS, PARKED_NOW
from services.runtime.postgres import RUNTIME_SQL, Connection, queries

SQL = queries(RUNTIME_SQL / "reader")


def read_again(row: Sequence[Any]) -> Item:
    """A parked row as if it had just come."""
    topic, partition, offset, _, _, _, _, key, value, names, values = row[:11]
    headers = [(bytes(name).decode(), text) for name, text in zip(names, values, strict=True)]
    return read(Raw(Place(topic, partition), offset, key, value, headers))


def item_of(row: Sequence[Any]) -> Item:
    """A parked row as it waits: for its gap to close, or for a hand."""
    item, cause = read_again(row), row[6]
    item.was_gap = cause == GAP and item.envelope is not None
    item.cause = item.cause if item.was_gap else cause
    return item


async def parked_of(connection: Connection, subjects: Sequence[str]) -> list[Item]:
    """What is parked of these subjects, in order."""
    cursor = await connection.execute(SQL["parked_of"], {"subjects": list(subjects)}, binary=True)
    return [item_of(row) for row in await cursor.fetchall()]


async def park(connection: Connection, items: Sequence[tuple[Item, str]]) -> None:
    """Keep these records, bytes unchanged, cause included; of one that is kept already only the cause is new."""
    for item, cause in items:
        raw, envelope = item.raw, item.envelope
        row = {
            "topic": raw.place.topic,
            "partition": raw.place.partition,
            "offset": raw.offset,
            "subject": item.subject,
            "source": envelope.source_name if envelope else None,
            "sequence": envelope.sequence if envelope else None,
            "cause": cause,
            "key": raw.key,
            "value": raw.value,
            "header_names": [name.encode() for name, _ in raw.headers],
            "header_values": [value for _, value in raw.headers],
        }
        await connection.execute(SQL["park"], row)
        PARKED.labels(cause).inc()


async def unpark(connection: Connection, items: Sequence[Item]) -> None:
    """Take records out of the table."""
    if items:
        where = {
            "topics": [item.raw.place.topic for item in items],
            "partitions": [item.raw.place.partition for item in items],
            "offsets": [item.raw.offset for item in items],
        }
        await connection.execute(SQL["unpark"], where)


async def measure(connection: Connection) -> None:
    """Tell the metrics how much is parked, and since when."""
    cursor = await connection.execute(SQL["parked_state"])
    row = await cursor.fetchone()
    if row:
        PARKED_NOW.set(row[0])
        PARKED_AGE_SECONDS.set(row[1])
