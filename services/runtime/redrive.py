"""One page to look at what is parked, one command to try it again, and one to rebuild: by hand, on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.runtime import parking
from services.runtime.ask import Decider
from services.runtime.delivery import Item
from services.runtime.postgres import RUNTIME_SQL, Connection, Pool, queries
from services.runtime.reader import Reader
from services.runtime.restore import refold
from services.runtime.service import Command
from services.runtime.tables import Tables, forget_folded

SQL = queries(RUNTIME_SQL / "reader")
WRITER_SQL = queries(RUNTIME_SQL / "writer")
PAGE = 1_000


async def parked_page(pool: Pool, subject: str | None = None) -> list[dict[str, Any]]:
    """What is parked, oldest first: where it stood, whose it is, and why; no contents."""
    async with pool.connection() as connection:
        cursor = await connection.execute(SQL["parked_all"], {"subject": subject, "limit": PAGE})
        rows = await cursor.fetchall()
    return [
        {
            "topic": row[0],
            "partition": row[1],
            "offset": row[2],
            "subject": row[3],
            "source": row[4],
            "sequence": row[5],
            "cause": row[6],
            "parked_at": row[7].isoformat(),
        }
        for row in rows
    ]


async def redrive(pool: Pool, reader: Reader, subject: str | None = None) -> int:
    """Try parked records again, subject by subject, in order; what cannot be read yet stays. Gives how many did not."""
    async with pool.connection() as connection:
        cursor = await connection.execute(SQL["parked_places"], {"subject": subject})
        rows = await cursor.fetchall()
    groups: dict[object, list[tuple[Any, ...]]] = {}
    for row in rows:
        groups.setdefault(row[3] or row[:3], []).append(row)
    return sum([await _again(pool, reader, group) for group in groups.values()])


async def _again(pool: Pool, reader: Reader, rows: Sequence[tuple[Any, ...]]) -> int:
    """One subject, or one record without, behind its checkpoints' lock: the partition's running consumer waits."""
    async with pool.connection() as connection, connection.transaction():
        for topic, partition in sorted({row[:2] for row in rows}):
            where = {"topic": topic, "partition": partition}
            await connection.execute(SQL["lock_checkpoint"], where)
        items = await _items(connection, rows[0])
        if await reader.opener.open(items):
            return 0
        plan = await reader.settle(connection, items, redriven=True)
        staying = {id(item) for item, _ in plan.park}
        leaving = [item for item in items if id(item) not in staying]
        await parking.unpark(connection, leaving)
    return len(leaving)


async def _items(connection: Connection, row: tuple[Any, ...]) -> list[Item]:
    topic, partition, offset, subject = row
    if subject:
        cursor = await connection.execute(SQL["parked_of"], {"subjects": [subject]}, binary=True)
    else:
        where = {"topic": topic, "partition": partition, "offset": offset}
        cursor = await connection.execute(SQL["parked_at"], where, binary=True)
    return [parking.read_again(found) for found in await cursor.fetchall()]


async def go_on(pool: Pool, place: str | None) -> list[int]:
    """Let a partition (`topic/partition`) that stands go on and park its next records. Gives until which offset."""
    async with pool.connection() as connection:
        cursor = await connection.execute(SQL["go_on"], {"place": place, "records": PAGE})
        return [until for (until,) in await cursor.fetchall()]


async def release(pool: Pool) -> int:
    """Let the relay try again what it set aside: after the broker was told to take it. Gives how many."""
    async with pool.connection() as connection:
        return (await connection.execute(WRITER_SQL["release"])).rowcount


async def rebuild(pool: Pool, tables: Tables, decider: Decider[Any, Any] | None = None) -> dict[str, object]:
    """Empty what is folded and let it be folded again; nothing is decided and nothing is published.

    What is folded from the service's own events is there again when this returns; what comes from the topics follows,
    by the running service, which is fenced and begins at the start, or by the next one that starts.
    """
    async with pool.connection() as connection, connection.transaction():
        # The limit of a session is for requests: all events of a service take longer.
        await connection.execute("SET LOCAL statement_timeout = 0")
        await forget_folded(connection, tables)
        events = await refold(connection, decider) if decider else 0
    return {"emptied": list(tables.folded), "own_events_folded": events}


def writing_commands(pool: Pool, tables: Tables, decider: Decider[Any, Any]) -> dict[str, Command]:
    """What can be commanded by hand of a service that publishes: `python -m services.<name> rebuild|release`."""

    async def fold(_: str | None) -> object:
        return await rebuild(pool, tables, decider)

    async def let_go(_: str | None) -> object:
        return {"released": await release(pool)}

    return {"rebuild": fold, "release": let_go}


def reading_commands(pool: Pool, reader: Reader, tables: Tables) -> dict[str, Command]:
    """What can be commanded by hand of a service that reads: `python -m services.<name> parked|… [subject]`."""

    async def parked(subject: str | None) -> object:
        return await parked_page(pool, subject)

    async def again(subject: str | None) -> object:
        return {"redriven": await redrive(pool, reader, subject)}

    async def park_on(place: str | None) -> object:
        return {"parks_until": await go_on(pool, place)}

    async def fold(_: str | None) -> object:
        return await rebuild(pool, tables)

    return {"parked": parked, "redrive": again, "go-on": park_on, "rebuild": fold}
