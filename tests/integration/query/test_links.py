"""What a customer's private link opens."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from services.runtime.after import token_of
from services.runtime.objects import path_of
from tests.integration.query.running import Query
from tests.integration.query.telling import FIELDS, WORDS, Teller

PDF = b"%PDF-1.7 a page"


async def test_a_link_shows_the_ticket_as_it_was_told(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    scan = await teller.file(slip, PDF)
    await teller.tell(slip.received(files=[scan], names=["hoá đơn.pdf"]), slip.supplemented("Vẫn vậy."))
    answer = await query.mine(slip)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    message = {"author": "customer", "intent": "message"}
    file = {"attachment_id": str(scan.attachment_id), "bytes": 15, "media_type": "application/pdf"}
    assert answer.json() == {
        "ticket_id": slip.ticket_id,
        "number": slip.number,
        "brand": brand,
        "brand_name": brand.upper(),
        "status": "received",
        "received_at": "2026-11-23T05:00:00Z",
        "channel_kind": "web_form",
        "language": "vi",
        "form": "support_form",
        "fields": [{"id": name, "value": value} for name, value in FIELDS.items()],
        "messages": [
            {**message, "message": 1, "at": "2026-11-23T05:00:00Z", "content": WORDS}
            | {"attachments": [{**file, "name": "hoá đơn.pdf"}]},
            {**message, "message": 2, "at": "2026-11-23T05:01:00Z", "content": "Vẫn vậy.", "attachments": []},
        ],
        "erased": False,
        "stale": False,
    }


async def test_an_answer_waits_for_what_its_reader_wrote(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    event = slip.received()
    asking = asyncio.create_task(query.mine(slip))
    await asyncio.sleep(0.3)
    await teller.tell(event)
    answer = await asking
    assert (answer.status_code, answer.json()["stale"]) == (200, False)


async def test_an_answer_that_waited_in_vain_says_that_it_is_behind(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    await teller.tell(slip.received())
    await query.has(slip)
    answer = await query.mine(slip, after=token_of("intake", 2, slip.ticket_id))
    assert (answer.status_code, answer.json()["stale"]) == (200, True)


async def test_a_ticket_that_does_not_come_is_not_found(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    answer = await query.mine(slip, after=token_of("intake", 1, slip.ticket_id))
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:phieu:problem:ticket-not-found")


@pytest.mark.parametrize(
    ("token", "slug"), [(None, "not-authenticated"), ("x" * 42, "link-not-valid"), ("é", "link-not-valid")]
)
async def test_without_a_link_nothing_opens(query: Query, token: str | None, slug: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode()} if token else {}
    answer = await query.http.get("/v1/query/my/ticket", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, f"urn:phieu:problem:{slug}")


async def test_a_link_of_another_generation_or_brand_opens_nothing(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    await teller.tell(slip.received())
    await query.has(slip)
    forged = slip.link[:-4] + ("AAAA" if slip.link[-4:] != "AAAA" else "BBBB")
    for path in ("my/ticket", f"my/attachments/{uuid4()}"):
        answer = await query.ask(path, forged)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:phieu:problem:link-not-valid")


# --- files ---


async def test_a_file_comes_back_as_it_was_sent(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    scan = await teller.file(slip, PDF)
    await teller.tell(slip.received(files=[scan], names=["hoá đơn.pdf"]))
    await query.has(slip)
    answer = await query.ask(f"my/attachments/{scan.attachment_id}", slip.link)
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''ho%C3%A1%20%C4%91%C6%A1n.pdf")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


async def test_another_tickets_file_is_not_there(query: Query, teller: Teller, brand: str) -> None:
    slip, other = await teller.slip(brand), await teller.slip(brand)
    scan = await teller.file(other, PDF)
    await teller.tell(slip.received(), other.received(files=[scan], names=["a.pdf"]))
    await query.has(slip, other)
    for attachment_id in (str(scan.attachment_id), str(uuid4()), "no-id"):
        answer = await query.ask(f"my/attachments/{attachment_id}", slip.link)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:phieu:problem:not-found")


async def test_a_file_of_a_ticket_that_nobody_told_of_is_not_there(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    answer = await query.ask(f"my/attachments/{uuid4()}", slip.link)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:phieu:problem:ticket-not-found")


async def test_a_file_that_was_lost_is_not_there(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    scan = await teller.file(slip, PDF)
    await teller.tell(slip.received(files=[scan], names=["a.pdf"]))
    await query.has(slip)
    await teller.objects.delete(path_of(brand, slip.id, scan.attachment_id))
    answer = await query.ask(f"my/attachments/{scan.attachment_id}", slip.link)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:phieu:problem:not-found")
