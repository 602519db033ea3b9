"""The writer holds its connection between batches: when that breaks meanwhile, no caller hears of it."""

from __future__ import annotations

import asyncio

from services.runtime.postgres import Pool
from services.runtime.writer import Writer
from tests.integration.runtime.toy import DECIDER, rows_of, say


async def test_a_connection_that_broke_between_two_batches_is_replaced_unheard(pool: Pool) -> None:
    writer = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    running = asyncio.create_task(writer.run())
    await writer.ask(say())
    assert writer.kept is not None
    broken = writer.kept.info.backend_pid
    await rows_of(pool, "SELECT pg_terminate_backend(%s)", broken)
    await asyncio.sleep(0.2)
    ask = say()
    answer = await writer.ask(ask)
    assert answer.status == 201
    assert await rows_of(pool, "SELECT count(*) FROM events WHERE subject = %s", ask.subject) == [(1,)]
    await writer.stop()
    await running


async def test_what_it_set_for_itself_does_not_go_back_to_the_pool(pool: Pool) -> None:
    writer = Writer(pool=pool, decider=DECIDER, committed=lambda: None)
    running = asyncio.create_task(writer.run())
    await writer.ask(say())
    kept = writer.kept
    assert kept is not None
    during = await (await kept.execute("SHOW enable_seqscan")).fetchone()
    await writer.stop()
    await running
    after = await (await kept.execute("SHOW enable_seqscan")).fetchone()
    assert (during, after, writer.kept) == (("off",), ("on",), None)
