"""Rows 4 and 5: query's projection of a log that is there, in this process and as the service that rebuilds."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import uvloop

from infra.local.folder import ROOT
from infra.local.provision import Provision, new_passwords
from services.query import store
from services.query.app import IN_UTC, MIGRATIONS
from services.query.handlers import Projection
from services.query.project import Rows, event_of
from services.runtime import postgres as database
from services.runtime.delivery import Delivered, Place, Raw
from services.runtime.keys import KeyRing, MasterKey
from services.runtime.opener import KeyOpener
from services.runtime.postgres import Connection, Pool, migrate
from services.runtime.reader import SQL, Reader
from services.runtime.spans import read_span
from services.runtime.tables import forget_folded
from tests.bench.filling import TOPIC, fill
from tests.bench.table import Row
from tests.bench.yard import Yard

EVENTS = 200_000
MEASURED = 30_000
BATCH = 1_000
ROUNDS = 3
PATIENCE_SECONDS = 240.0
FOLDED = "SELECT sum(next_offset) FROM checkpoint"
FILLED = f"SELECT sum(next_offset) FROM checkpoint WHERE topic = '{TOPIC}'"

Batch = dict[Place, list[Raw]]


class Unfolded:
    """The reference: the same reader, the same batches; events become lines, nothing is folded."""

    async def apply(self, connection: Connection, events: Sequence[Delivered]) -> None:
        """Write the events as they are."""
        await store.save(connection, Rows(events=[event_of(event) for event in events]))


class Bench:
    """Query's tables in a database of their own, and the beginning of the log as batches."""

    def __init__(self, yard: Yard, folds: Pool, keys: Pool, batches: Sequence[Batch]) -> None:
        self.master = Path(yard.stack.values["KEYS_MASTER_KEY_FILE"])
        self.folds = folds
        self.keys = keys
        self.batches = batches

    async def forget(self) -> None:
        """Empty the tables and begin at the start."""
        async with self.folds.connection() as connection, connection.transaction():
            await forget_folded(connection, store.TABLES)
            places = {
                "topics": [TOPIC] * len(self.batches[0]),
                "partitions": [one.partition for one in self.batches[0]],
            }
            await connection.execute(SQL["begin_checkpoints"], places)

    async def read(self, projection: Projection | Unfolded) -> float:
        """Events a second through the whole reader: decoded, opened, sorted out, applied. No key is known."""
        ring = KeyRing(pool=self.keys, master=MasterKey(self.master), cache_seconds=300.0, clock=time.monotonic)
        reader = Reader(pool=self.folds, projection=projection, opener=KeyOpener(ring), known_facts=lambda _: 0)
        await self.forget()
        began = time.perf_counter()
        for batch in self.batches:
            await reader.take(batch, {place: raws[0].offset for place, raws in batch.items()})
        return MEASURED / (time.perf_counter() - began)


async def _batches(brokers: str) -> list[Batch]:
    """The beginning of the log, each batch as much of every partition."""
    found: dict[Place, list[Raw]] = {}
    async for raws in read_span([brokers], rf"^{TOPIC}$", {}):
        for raw in raws:
            found.setdefault(raw.place, []).append(raw)
    share = BATCH // len(found)
    batches = [
        {place: raws[start : start + share] for place, raws in found.items()}
        for start in range(0, MEASURED // len(found), share)
    ]
    return [batch for batch in batches if all(batch.values())]


async def _rates(yard: Yard, dsn: str) -> tuple[list[float], list[float]]:
    values = yard.stack.values
    folds = database.pool(dsn, "query", size=2, options=IN_UTC)
    keys = database.pool(values["KEYS_DSN"], "keys", size=2)
    await folds.open()
    await keys.open()
    try:
        await migrate(folds, "query", MIGRATIONS)
        await fill(yard.brokers, keys, MasterKey(Path(values["KEYS_MASTER_KEY_FILE"])), EVENTS)
        bench = Bench(yard, folds, keys, await _batches(yard.brokers))
        # As the services do once they are built.
        gc.collect()
        gc.freeze()
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(await bench.read(Projection(lambda _: None)))
            theirs.append(await bench.read(Unfolded()))
        return ours, theirs
    finally:
        await folds.close()
        await keys.close()


def projection(yard: Yard) -> tuple[Row, float]:
    """The reader in this process, against the same batches written without folding, in turn."""
    provision = Provision(admin_dsn=yard.admin_dsn, passwords=new_passwords(), prefix="bench_")
    provision.apply()
    try:
        ours, theirs = uvloop.run(_rates(yard, provision.dsn("query")))
    finally:
        provision.drop()
    rate, reference = median(ours), median(theirs)
    row = Row(
        name="projection from the log, events/s",
        measured=f"{rate:.0f}/s",
        reference=f"{reference:.0f}/s without folding",
        ratio=rate / reference,
        goal="0.6",
        reached=rate >= 0.6 * reference,
        details={"ours": ours, "reference": theirs, "batch": BATCH, "events": MEASURED},
    )
    return row, rate


def rebuilt(yard: Yard, reference: float) -> Row:
    """The running service, told to rebuild: from the command's end until all that it had folded is folded again."""
    _wait(yard, FILLED, EVENTS)
    events = yard.number("query", FOLDED)
    command = [sys.executable, "-m", "services.query", "rebuild"]
    subprocess.run(command, check=True, cwd=ROOT, env=yard.stack.environment("query"), stdout=subprocess.DEVNULL)
    began = time.monotonic()
    _wait(yard, FOLDED, events)
    rate = events / (time.monotonic() - began)
    return Row(
        name=f"rebuild of {events:,} events, events/s",
        measured=f"{rate:.0f}/s",
        reference=f"{reference:.0f}/s (the row above)",
        ratio=rate / reference,
        goal="0.8",
        reached=rate >= 0.8 * reference,
    )


def _wait(yard: Yard, question: str, events: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while yard.number("query", question) < events:
        if time.monotonic() > deadline:
            raise SystemExit("query does not fold the log in time.")
        time.sleep(0.25)
