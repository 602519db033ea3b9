"""With the key store away nothing is lost and nothing is claimed: what needs a key waits, what does not goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.integration.query.running import Place, Query, running
from tests.integration.query.telling import Teller

PDF = b"%PDF-1.7 a page"


@asynccontextmanager
async def away(place: Place) -> AsyncIterator[None]:
    """The key store cannot be reached, until the block ends."""
    await place.let_keys_answer(answering=False)
    try:
        yield
    finally:
        await place.let_keys_answer(answering=True)


async def test_a_ticket_told_of_meanwhile_is_there_afterwards(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    told = [slip.received(), slip.supplemented()]
    async with away(query.place):
        await teller.tell(*told)
        await asyncio.sleep(3)
        assert not await query.place.rows("SELECT 1 FROM ticket WHERE ticket_id = %s", slip.ticket_id)
        assert not await query.place.rows("SELECT 1 FROM parked WHERE subject = %s", slip.ticket_id)
    await query.has(slip)
    assert [one["content"] for one in (await query.mine(slip)).json()["messages"]][1:] == ["Thêm một dòng."]


async def test_what_was_folded_is_still_shown(query: Query, teller: Teller, brand: str, key: str) -> None:
    slip = await teller.slip(brand)
    scan = await teller.file(slip, PDF)
    await teller.tell(slip.received(files=[scan], names=["a.pdf"]))
    await query.has(slip)
    assert (await query.mine(slip)).status_code == 200
    await asyncio.sleep(0.6)
    async with away(query.place):
        assert (await query.mine(slip)).status_code == 200
        assert (await query.ask(f"tickets/{slip.ticket_id}", key)).status_code == 200
        file = await query.ask(f"my/attachments/{scan.attachment_id}", slip.link)
        assert (file.status_code, file.json()["type"]) == (503, "urn:phieu:problem:keys-away")
        assert file.headers["retry-after"]
        assert (await query.http.get("/readyz")).status_code == 200


async def test_a_service_that_starts_meanwhile_answers_what_needs_no_key(
    place: Place, query: Query, teller: Teller, brand: str, key: str
) -> None:
    slip = await teller.slip(brand)
    await teller.tell(slip.received())
    await query.has(slip)
    async with away(place), running(place, but_for=frozenset({"key store"})) as second:
        assert (await second.ask(f"tickets/{slip.ticket_id}", key)).status_code == 200
        link = await second.ask("my/ticket", slip.link)
        assert (link.status_code, link.headers["content-type"]) == (503, "application/problem+json")
        waiting = (await second.http.get("/readyz")).json()["waiting_for"]
        assert list(waiting) == ["key store"]
