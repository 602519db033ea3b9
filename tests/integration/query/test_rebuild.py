"""Rebuilt equals live, row by row; and every table says which kind it is."""

from __future__ import annotations

from services.query.store import TABLES
from tests.integration.query.running import Query, eventually
from tests.integration.query.telling import Teller


async def test_every_table_is_declared(query: Query) -> None:
    found = await query.place.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'query'")
    assert {name for (name,) in found} == TABLES.all


async def test_a_rebuild_ends_in_the_same_rows(query: Query, teller: Teller, brand: str) -> None:
    plain, long, gone, away = [await teller.slip(brand) for _ in range(4)]
    scan = await teller.file(long, b"%PDF")
    await teller.tell(plain.received(), long.received(), gone.received(), away.received())
    await teller.tell(long.supplemented(files=[scan]), gone.supplemented(), long.supplemented("Xong."))
    await query.has(plain, long, gone, away)
    await teller.delete_key(away)
    await teller.tell(gone.erased(), away.erased())
    await query.has(plain, long, gone, away)
    live, files = await query.place.tables(), await files_of(query)
    assert all(live.values())
    await query.service.commands["rebuild"](None)
    assert not files & await files_of(query)

    async def again() -> bool:
        return {name: len(rows) for name, rows in (await query.place.tables()).items()} == counts

    counts = {name: len(rows) for name, rows in live.items()}
    await eventually(again)
    await query.has(plain, long, gone, away)
    assert await query.place.tables() == live


async def files_of(query: Query) -> set[int]:
    """The files that the folded tables lie in: an emptied table gets a new one."""
    asked = "SELECT pg_relation_filenode(name::regclass) FROM unnest(%s::text[]) AS t (name)"
    return {number for (number,) in await query.place.rows(asked, list(TABLES.folded))}


async def test_answers_go_on_after_a_rebuild(query: Query, teller: Teller, brand: str, key: str) -> None:
    slip = await teller.slip(brand)
    await teller.tell(slip.received())
    await query.has(slip)
    await query.service.commands["rebuild"](None)
    answer = await query.mine(slip)
    assert (answer.status_code, answer.json()["stale"]) == (200, False)
    assert (await query.ask(f"tickets/{slip.ticket_id}", key)).status_code == 200
