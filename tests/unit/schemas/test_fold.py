"""A ticket's life, told event by event."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import reduce

import pytest

from phieu_schemas import Message, NotFoldableError, Recorded, Skipped, Ticket, admit, evolve, fold
from phieu_schemas.testing import (
    NOON,
    SCAN,
    TICKET,
    again,
    erased,
    policy_activated,
    received,
    supplemented,
)

OTHER = "11111111-2222-4333-8444-555555555555"
Event = Recorded | Skipped


def told(*events: Event) -> Ticket:
    ticket = reduce(fold, events, None)
    assert ticket is not None
    return ticket


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def never_heard_of(sequence: int, source: str = "/phieu/intake", ticket_id: str = TICKET) -> Skipped:
    return Skipped(again(received(ticket_id), source=source, sequence=sequence).envelope)


@pytest.mark.parametrize(
    ("last", "sequence", "answer"),
    [(0, 1, "next"), (0, 2, "gap"), (4, 5, "next"), (4, 4, "duplicate"), (4, 1, "duplicate"), (4, 6, "gap")],
)
def test_an_event_is_next_or_known_or_too_early(last: int, sequence: int, answer: str) -> None:
    assert admit(last, sequence) == answer


def test_a_received_ticket_has_its_number_and_its_first_message() -> None:
    ticket = told(received(attachments=(SCAN,)))
    assert (ticket.ticket_id, ticket.brand, ticket.number, ticket.status) == (
        TICKET,
        "congsoxanh",
        "4821093753",
        "received",
    )
    assert ticket.messages == (
        Message(number=1, sequence=1, at=NOON, intent="message", channel_kind="web_form", attachments=(SCAN,)),
    )
    assert ticket.last_activity_at == NOON


def test_what_intake_said_is_kept_as_it_was_said() -> None:
    side = told(received()).intake
    assert side is not None
    assert (side.channel, side.form, side.policy, side.language) == (
        "support_centre",
        "support_form",
        "congsoxanh-1",
        "vi",
    )
    assert side.requester_id == "e5d0a0e8-0b64-4b8e-9f0c-7a3f5b0d2c31"
    assert (side.received_at, side.erased_at) == (NOON, None)


def test_a_supplement_is_the_next_message() -> None:
    ticket = told(received(), supplemented(intent="done", channel_kind="email", attachments=(SCAN,)))
    assert ticket.messages[1:] == (
        Message(number=2, sequence=2, at=minute(1), intent="done", channel_kind="email", attachments=(SCAN,)),
    )
    assert (ticket.status, ticket.last_activity_at) == ("received", minute(1))


def test_an_erased_ticket_is_still_a_ticket() -> None:
    ticket = told(received(), erased())
    assert (ticket.status, ticket.number, len(ticket.messages)) == ("erased", "4821093753", 1)
    assert ticket.intake is not None
    assert (ticket.intake.erased_at, ticket.last_activity_at) == (minute(1), minute(1))


def test_what_comes_after_an_erasure_is_the_last_activity() -> None:
    ticket = told(received(), erased(), supplemented(sequence=3, message=2))
    assert (ticket.status, ticket.last_activity_at) == ("erased", minute(2))


def test_a_second_copy_changes_nothing() -> None:
    once = told(received(), supplemented())
    assert fold(once, supplemented()) is once
    assert fold(once, received()) is once


def test_an_early_event_waits_until_the_gap_closes() -> None:
    ticket = told(received(), supplemented(sequence=3))
    assert (len(ticket.messages), ticket.waiting) == (1, (supplemented(sequence=3),))
    ticket = fold(ticket, supplemented(sequence=2))
    assert ([message.number for message in ticket.messages], ticket.waiting) == ([1, 2, 3], ())


def test_an_early_event_that_comes_twice_waits_once() -> None:
    ticket = told(supplemented(sequence=3), supplemented(sequence=3), supplemented(sequence=2))
    assert ticket.waiting == (supplemented(sequence=2), supplemented(sequence=3))


def test_a_ticket_may_be_heard_of_before_intake_speaks() -> None:
    ticket = told(never_heard_of(1, source="/phieu/desk"))
    assert (ticket.status, ticket.number, ticket.messages, ticket.last_activity_at) == (
        "unseen",
        None,
        (),
        None,
    )
    assert (ticket.sequence_of("desk"), ticket.sequence_of("intake")) == (1, 0)
    assert fold(ticket, received()).number == "4821093753"


def test_a_type_never_heard_of_takes_its_place_in_its_row() -> None:
    ticket = told(received(), never_heard_of(2), supplemented(sequence=3, message=2))
    assert (ticket.sequence_of("intake"), len(ticket.messages)) == (3, 2)
    assert ticket.last_activity_at == minute(2)


def test_a_gap_of_one_source_holds_up_no_other() -> None:
    ticket = told(never_heard_of(2, source="/phieu/desk"), received(), supplemented())
    assert (ticket.sequence_of("intake"), ticket.sequence_of("desk"), len(ticket.waiting)) == (2, 0, 1)


def test_a_step_leaves_the_state_before_it_alone() -> None:
    before = told(received())
    evolve(before, supplemented())
    assert before == told(received())


@pytest.mark.parametrize(
    ("story", "event"),
    [
        ((), supplemented(sequence=1, message=2)),
        ((), erased(sequence=1)),
        ((received(),), again(received(), sequence=2)),
        ((received(),), supplemented(message=3)),
        ((received(), supplemented()), supplemented(sequence=3, message=2)),
        ((received(),), supplemented(OTHER)),
        ((received(),), supplemented(brand="azdigi")),
        ((received(),), never_heard_of(2, ticket_id=OTHER)),
        ((), policy_activated()),
    ],
)
def test_what_breaks_the_promise_of_its_writer_is_not_folded(story: tuple[Event, ...], event: Event) -> None:
    with pytest.raises(NotFoldableError):
        reduce(fold, (*story, event), None)


@pytest.mark.parametrize("sequence", [1, 3])
def test_only_the_next_event_of_its_source_is_a_step(sequence: int) -> None:
    with pytest.raises(NotFoldableError, match=f"{sequence} does not follow 1 of intake"):
        evolve(told(received()), supplemented(sequence=sequence, message=2))


def test_the_first_step_needs_no_state() -> None:
    assert evolve(None, received()) == told(received())
