"""A person's words are gone, and only they; what is folded before, after or without them is the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from phieu_schemas.codec import Recorded, encode
from phieu_schemas.fact import PersonalFact
from phieu_schemas.ticket import RequestText
from phieu_schemas.topics import TICKET_EVENTS
from services.query.handlers import Projection
from services.runtime.delivery import Delivered, Place, Raw
from tests.integration.query.running import Query, eventually
from tests.integration.query.telling import Slip, Teller

PDF = b"%PDF-1.7 a page"


async def rows_of(query: Query, slip: Slip) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the ticket."""
    return {
        name: await query.place.rows(f"SELECT * FROM {name} WHERE ticket_id = %s ORDER BY 1, 2, 3", slip.ticket_id)
        for name in ("ticket", "message", "attachment", "event")
    }


async def a_ticket_with_a_file(teller: Teller, brand: str) -> tuple[Slip, list[Any], str]:
    slip = await teller.slip(brand)
    scan = await teller.file(slip, PDF)
    told = [slip.received(files=[scan], names=["hoá đơn mật.pdf"]), slip.supplemented("Số thẻ 4111")]
    return slip, told, str(scan.attachment_id)


async def test_an_erased_ticket_is_shown_without_its_words(query: Query, teller: Teller, brand: str, key: str) -> None:
    slip, told, attachment_id = await a_ticket_with_a_file(teller, brand)
    await teller.tell(*told)
    await query.has(slip)
    await teller.tell(slip.erased())
    shown = (await query.mine(slip)).json()
    assert (shown["status"], shown["erased"], shown["fields"], shown["number"]) == ("erased", True, [], slip.number)
    assert [(one["content"], one["attachments"]) for one in shown["messages"]] == [(None, []), (None, [])]
    record = (await query.ask(f"tickets/{slip.ticket_id}", key)).json()
    assert (record["erased_at"], record["fields"]) == ("2026-11-23T05:02:00Z", [])
    assert [file["name"] for one in record["messages"] for file in one["attachments"]] == [None]
    gone = await query.ask(f"my/attachments/{attachment_id}", slip.link)
    assert (gone.status_code, gone.json()["type"]) == (410, "urn:phieu:problem:ticket-erased")


async def test_no_row_holds_an_erased_word(query: Query, teller: Teller, brand: str) -> None:
    slip, told, _ = await a_ticket_with_a_file(teller, brand)
    await teller.tell(*told)
    await query.has(slip)
    before = str(await rows_of(query, slip))
    assert all(word in before for word in ("Số thẻ 4111", "hoá đơn mật", "hoa@example.vn", "không vào được"))
    await teller.tell(slip.erased())
    await query.has(slip)
    after = str(await rows_of(query, slip))
    assert not [word for word in ("4111", "hoá đơn mật", "hoa@example.vn", "không vào được") if word in after]


async def test_a_ticket_whose_key_is_gone_is_erased_before_it_is_said(query: Query, teller: Teller, brand: str) -> None:
    slip, told, attachment_id = await a_ticket_with_a_file(teller, brand)
    await teller.delete_key(slip)
    await teller.tell(*told)
    shown = (await query.mine(slip)).json()
    assert (shown["erased"], shown["fields"], shown["messages"][0]["content"]) == (True, [], None)
    assert (await query.ask(f"my/attachments/{attachment_id}", slip.link)).status_code == 410


async def test_a_file_goes_with_its_key_though_nobody_said_so(query: Query, teller: Teller, brand: str) -> None:
    slip, told, attachment_id = await a_ticket_with_a_file(teller, brand)
    await teller.tell(*told)
    await query.has(slip)
    assert (await query.ask(f"my/attachments/{attachment_id}", slip.link)).status_code == 200
    await teller.delete_key(slip)

    async def gone() -> bool:
        return (await query.ask(f"my/attachments/{attachment_id}", slip.link)).status_code == 410

    await eventually(gone)


async def test_the_key_of_an_erased_ticket_leaves_the_memory(query: Query, teller: Teller, brand: str) -> None:
    slip, kept = await teller.slip(brand), await teller.slip(brand)
    told = [opened(slip.received()), opened(slip.erased()), opened(kept.received())]
    forgotten: list[UUID] = []
    async with await psycopg.AsyncConnection.connect(query.place.postgres.dsn("query")) as connection:
        await Projection(forgotten.extend).apply(connection, told)
        await connection.rollback()
    assert forgotten == [slip.key_id]


def opened(event: Recorded) -> Delivered:
    """The event as the reader hands it on."""
    key, value, headers = encode(*event)
    raw = Raw(Place(TICKET_EVENTS.name(event.envelope.brand), 0), 0, key, value, headers)
    personal = RequestText(fields={}, content="") if isinstance(event.fact, PersonalFact) else None
    return Delivered(raw=raw, envelope=event.envelope, fact=event.fact, personal=personal)


async def test_rows_of_an_erased_ticket_do_not_tell_when_they_were_folded(
    query: Query, teller: Teller, brand: str
) -> None:
    """Folded with its words and erased later; folded anew with the key gone: the same rows."""
    slip, told, _ = await a_ticket_with_a_file(teller, brand)
    await teller.tell(*told)
    await query.has(slip)
    await teller.delete_key(slip)
    await teller.tell(slip.erased())
    await query.has(slip)
    live = await rows_of(query, slip)
    await query.service.commands["rebuild"](None)
    await query.has(slip)
    assert await rows_of(query, slip) == live
