"""How the relay's claim is planned; a file of its own, so that nobody else's scans are counted."""

from __future__ import annotations

import asyncio

from infra.local.provision import Provision
from services.runtime import postgres as database
from services.runtime.postgres import Pool
from services.runtime.producer import Producer
from services.runtime.relay import Relay
from services.runtime.writer import Writer
from tests.integration.runtime.log import events_on, make_topics
from tests.integration.runtime.toy import DECIDER, NAME, rows_of, say

SCANS = "SELECT sum(seq_scan), sum(idx_scan) FROM pg_stat_user_tables WHERE relname IN ('outbox', 'events')"


async def test_claiming_never_scans_a_whole_table(kafka: str, pool: Pool, brand: str, postgres: Provision) -> None:
    """Planned while the tables are empty, its DELETE would keep sequential scans and burn a core later."""
    await make_topics(kafka, brand)
    own = database.pool(postgres.dsn(NAME), NAME, size=1)
    await own.open()
    writer = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    relay = Relay(pool=own, producer=Producer([kafka], NAME), service=NAME)
    ((before, _),) = await rows_of(pool, SCANS)
    loops = [asyncio.create_task(loop.run()) for loop in (relay, writer)]
    await asyncio.sleep(0.5)
    await asyncio.gather(*(writer.ask(say(brand=brand)) for _ in range(50)))
    await asyncio.sleep(0.5)
    for loop in (relay, writer):
        await loop.stop()
    await asyncio.gather(*loops)
    await own.close()
    ((after, by_index),) = await rows_of(pool, SCANS)
    made = 6  # an index that is made counts as a scan, and its table's counts arrive late
    assert (after - before <= made, by_index > 10 * made) == (True, True)
    assert len(await events_on(kafka, brand)) == 50
