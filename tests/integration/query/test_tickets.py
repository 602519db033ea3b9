"""What a program with the brand's API key may read."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.integration.query.running import Query
from tests.integration.query.telling import Slip, Teller, api_key

Shelf = tuple[str, list[Slip]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shelf(query: Query, teller: Teller, prefix: str) -> Shelf:
    """A key to a brand with five tickets, told of in the order of their numbers; the last one is erased."""
    key = api_key()
    brand = await teller.brand(f"{prefix}-shelf", key)
    slips = [await teller.slip(brand) for _ in range(5)]
    for n, slip in enumerate(slips):
        slip.number = f"{n + 1}234567890"
        await teller.tell(slip.received())
    await teller.tell(slips[4].erased())
    await query.has(*slips)
    await query.knows(key)
    return key, slips


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stranger(query: Query, teller: Teller, prefix: str) -> str:
    """A key to another brand."""
    key = api_key()
    await teller.brand(f"{prefix}-other", key)
    await query.knows(key)
    return key


async def numbers(query: Query, key: str, **asked: str) -> tuple[list[str], str | None]:
    """The numbers on a page, and the cursor of the next."""
    answer = await query.ask("tickets", key, **asked)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    return [one["number"] for one in page["tickets"]], page["next"]


async def test_pages_bring_every_ticket_once(query: Query, shelf: Shelf) -> None:
    key, slips = shelf
    found, cursor = await numbers(query, key, limit="2")
    pages = [found]
    while cursor:
        found, cursor = await numbers(query, key, limit="2", cursor=cursor)
        pages.append(found)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {number for page in pages for number in page} == {slip.number for slip in slips}


async def test_the_newest_stand_first(query: Query, teller: Teller, prefix: str) -> None:
    key = api_key()
    brand = await teller.brand(f"{prefix}-newest", key)
    slips = [await teller.slip(brand) for _ in range(3)]
    for minute, slip in enumerate(slips):
        await teller.tell(slip.received(minute=minute))
    await query.has(*slips)
    await query.knows(key)
    found, _ = await numbers(query, key)
    assert found == [slip.number for slip in reversed(slips)]


async def test_a_listed_ticket_tells_its_facts_and_nothing_personal(query: Query, shelf: Shelf) -> None:
    key, slips = shelf
    answer = await query.ask("tickets", key, q="1234567890")
    assert answer.json() == {
        "tickets": [
            {
                "ticket_id": slips[0].ticket_id,
                "number": "1234567890",
                "brand": slips[0].brand,
                "status": "received",
                "channel_kind": "web_form",
                "language": "vi",
                "received_at": "2026-11-23T05:00:00Z",
                "last_activity_at": "2026-11-23T05:00:00Z",
                "messages": 1,
            }
        ],
        "next": None,
        "stale": False,
    }


@pytest.mark.parametrize("said", ["3234567890", "3234 567 890", " 3234 ", "3"])
async def test_a_number_is_found_as_it_is_said(query: Query, shelf: Shelf, said: str) -> None:
    assert await numbers(query, shelf[0], q=said) == (["3234567890"], None)


async def test_tickets_are_found_by_status(query: Query, shelf: Shelf) -> None:
    key, slips = shelf
    assert await numbers(query, key, status="erased", brand=slips[0].brand) == (["5234567890"], None)
    assert await numbers(query, key, status="closed") == ([], None)


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("limit", "101"), ("limit", "-1"), ("limit", "²"), ("limit", ""), ("q", "mất mạng"), ("q", ""),
     ("q", "12345678901"), ("q", "١٢"), ("status", "x y"), ("status", "\x00")],
)  # fmt: skip
async def test_a_parameter_that_means_nothing_is_refused(query: Query, shelf: Shelf, name: str, value: str) -> None:
    answer = await query.ask("tickets", shelf[0], **{name: value})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:phieu:problem:parameter-not-valid")


async def test_a_cursor_serves_the_list_that_gave_it(query: Query, shelf: Shelf, stranger: str) -> None:
    key, _ = shelf
    _, cursor = await numbers(query, key, limit="2")
    assert cursor is not None
    tampered = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for bearer, asked in ((key, {"status": "received"}), (stranger, {}), (key, {"q": "1"})):
        answer = await query.ask("tickets", bearer, cursor=cursor, **asked)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:phieu:problem:cursor-not-valid")
    assert (await query.ask("tickets", key, cursor=tampered)).status_code == 400


# --- one ticket ---


async def test_a_record_holds_all_there_is(query: Query, teller: Teller, brand: str, key: str) -> None:
    slip = await teller.slip(brand)
    scan = await teller.file(slip, b"%PDF")
    await teller.tell(slip.received(), slip.supplemented(files=[scan]))
    answer = await query.ask(f"tickets/{slip.ticket_id}", key, slip.read_token)
    record = answer.json()
    assert answer.status_code == 200
    assert (record["channel"], record["policy"], record["requester_id"]) == (
        "support_centre",
        "congsoxanh-1",
        "e5d0a0e8-0b64-4b8e-9f0c-7a3f5b0d2c31",
    )
    assert (record["erased_at"], record["erased"], record["stale"]) == (None, False, False)
    assert [(one["message"], one["sequence"], one["content"]) for one in record["messages"]] == [
        (1, 1, "Máy chủ không vào được."),
        (2, 2, "Thêm một dòng."),
    ]
    assert record["messages"][1]["attachments"] == [
        {"attachment_id": str(scan.attachment_id), "name": "ảnh.pdf", "bytes": 4, "media_type": "application/pdf"}
    ]


async def test_a_timeline_tells_every_event_in_order(query: Query, shelf: Shelf) -> None:
    key, slips = shelf
    answer = await query.ask(f"tickets/{slips[4].ticket_id}/timeline", key)
    event = {"source": "intake"}
    assert answer.json() == {
        "ticket_id": slips[4].ticket_id,
        "events": [
            {**event, "sequence": 1, "type": "phieu.ticket.received.v1", "at": "2026-11-23T05:00:00Z", "message": 1}
            | {"summary": "Ticket 5234567890 was received by web_form."},
            {**event, "sequence": 2, "type": "phieu.ticket.erased.v1", "at": "2026-11-23T05:01:00Z", "message": None}
            | {"summary": "The ticket's personal data was erased (requested)."},
        ],
        "stale": False,
    }


@pytest.mark.parametrize("what", ["", "/timeline"])
async def test_another_brands_ticket_is_not_there(query: Query, shelf: Shelf, stranger: str, what: str) -> None:
    for ticket_id in (shelf[1][0].ticket_id, str(uuid4()), "no-id"):
        answer = await query.ask(f"tickets/{ticket_id}{what}", stranger)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:phieu:problem:ticket-not-found")


async def test_a_program_reads_what_it_wrote(query: Query, teller: Teller, brand: str, key: str) -> None:
    for path in ("tickets/{}", "tickets/{}/timeline", "tickets"):
        slip = await teller.slip(brand)
        event = slip.received()
        asking = asyncio.create_task(query.ask(path.format(slip.ticket_id), key, slip.read_token))
        await asyncio.sleep(0.2)
        await teller.tell(event)
        answer = await asking
        assert (answer.status_code, answer.json()["stale"]) == (200, False)
        behind = await query.ask(path.format(slip.ticket_id), key, f"intake/9/{slip.ticket_id}")
        assert (behind.status_code, behind.json()["stale"]) == (200, True)


# --- who may ---


async def test_another_brand_is_not_listed(query: Query, shelf: Shelf, stranger: str) -> None:
    answer = await query.ask("tickets", stranger, brand=shelf[1][0].brand)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:phieu:problem:not-allowed")


async def test_a_key_without_the_scope_reads_nothing(query: Query, teller: Teller, prefix: str) -> None:
    key = api_key()
    brand = await teller.brand(f"{prefix}-write", key, scopes=("tickets:write",))
    slip = await teller.slip(brand)
    await teller.tell(slip.received())
    await query.has(slip)
    await query.knows(key)
    for path in ("tickets", f"tickets/{slip.ticket_id}", f"tickets/{slip.ticket_id}/timeline"):
        answer = await query.ask(path, key)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:phieu:problem:not-allowed")


async def test_nobody_reads_without_a_key(query: Query, shelf: Shelf) -> None:
    _, slips = shelf
    for path in ("tickets", f"tickets/{slips[0].ticket_id}", f"tickets/{slips[0].ticket_id}/timeline"):
        for bearer, slug in (
            (None, "not-authenticated"),
            (api_key(), "api-key-not-valid"),
            (slips[0].link, "api-key-not-valid"),
        ):
            answer = await query.ask(path, bearer)
            assert (answer.status_code, answer.json()["type"]) == (401, f"urn:phieu:problem:{slug}")
