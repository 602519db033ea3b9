"""What cannot be folded waits apart, unchanged; its ticket says that it is behind, and every other goes on."""

from __future__ import annotations

from phieu_schemas import testing
from tests.integration.query.running import Query
from tests.integration.query.telling import Slip, Teller


async def others_go_on(query: Query, teller: Teller, brand: str) -> None:
    """A ticket told of meanwhile is there."""
    slip = await teller.slip(brand)
    await teller.tell(slip.received())
    assert (await query.mine(slip)).json()["stale"] is False


async def state_of(query: Query, slip: Slip) -> tuple[list[str | None], bool]:
    """The ticket's messages as its link shows them, and whether it is behind."""
    answer = await query.ask("my/ticket", slip.link)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    return [message["content"] for message in shown["messages"]], shown["stale"]


async def test_a_record_that_is_not_json_parks_and_what_follows_waits(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    await teller.tell(slip.received("một"))
    second, third = slip.supplemented("hai"), slip.supplemented("ba")
    await teller.tell_raw(second, b"{")
    await teller.tell(third)
    await query.parked(slip, "not-json", "behind")
    assert await state_of(query, slip) == (["một"], True)
    await others_go_on(query, teller, brand)


async def test_an_answer_does_not_wait_for_what_is_parked(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    await teller.tell(slip.received())
    await teller.tell_raw(slip.supplemented(), b"{")
    await query.parked(slip, "not-json")
    answer = await query.mine(slip)
    assert (answer.json()["stale"], answer.elapsed.total_seconds() < 1.5) == (True, True)


async def test_an_event_that_cannot_be_written_parks_its_ticket(query: Query, teller: Teller, brand: str) -> None:
    """Postgres keeps no NUL in a text: the fold raises."""
    slip = await teller.slip(brand)
    await teller.tell(slip.received("một"), slip.supplemented("h\x00ai"))
    await query.parked(slip, "fold-failed")
    assert await state_of(query, slip) == (["một"], True)
    await others_go_on(query, teller, brand)


async def test_an_event_that_breaks_its_writers_promise_parks_its_ticket(
    query: Query, teller: Teller, brand: str
) -> None:
    slip = await teller.slip(brand)
    await teller.tell(slip.received("một"))
    twice = testing.again(slip.received("lại"), sequence=2)
    await teller.tell(twice)
    await query.parked(slip, "fold-failed")
    assert await state_of(query, slip) == (["một"], True)


async def test_a_gap_waits_until_it_closes(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    first, second, third = slip.received("một"), slip.supplemented("hai"), slip.supplemented("ba")
    await teller.tell(first, third)
    await query.parked(slip, "gap")
    assert await state_of(query, slip) == (["một"], True)
    await teller.tell(second)
    await query.has(slip)
    assert await state_of(query, slip) == (["một", "hai", "ba"], False)


async def test_an_event_that_comes_twice_counts_once(query: Query, teller: Teller, brand: str) -> None:
    slip = await teller.slip(brand)
    first, second = slip.received("một"), slip.supplemented("hai")
    await teller.tell(first, first, second, first, second)
    await query.has(slip)
    await others_go_on(query, teller, brand)
    assert await state_of(query, slip) == (["một", "hai"], False)


async def test_a_ticket_whose_key_is_unknown_is_redriven_when_it_is_known(
    query: Query, teller: Teller, brand: str
) -> None:
    slip = await teller.slip(brand, known=False)
    await teller.tell(slip.received("một"), slip.supplemented("hai"))
    await query.parked(slip, "key-unknown", "behind")
    page = await query.service.commands["parked"](slip.ticket_id)
    assert isinstance(page, list)
    assert [(one["subject"], one["cause"]) for one in page] == [
        (slip.ticket_id, "key-unknown"),
        (slip.ticket_id, "behind"),
    ]
    assert (await query.ask("my/ticket", slip.link)).status_code == 404
    await teller.keep_key(slip)
    assert await query.service.commands["redrive"](slip.ticket_id) == {"redriven": 2}
    assert await state_of(query, slip) == (["một", "hai"], False)
    await teller.tell(slip.supplemented("ba"))
    await query.has(slip)
    assert await state_of(query, slip) == (["một", "hai", "ba"], False)
