"""What an event makes of its ticket's rows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from phieu_schemas import testing
from phieu_schemas.fold import NotFoldableError
from phieu_schemas.ticket import MessageText, RequestText
from tests.unit.query.told import MORE, OTHER, TICKET, Told, closed, erased, received, scans, supplemented, tables, told

EARLIER = testing.NOON - timedelta(hours=1)


def test_a_request_becomes_a_ticket_and_its_first_message() -> None:
    found = tables([received()])
    ticket, message = found.tickets[TICKET], found.messages[TICKET, 1]
    assert (ticket.number, ticket.status, ticket.brand) == ("4821093753", "received", "congsoxanh")
    assert (ticket.received_at, ticket.last_activity_at, ticket.messages) == (testing.NOON, testing.NOON, 1)
    assert (message.content, message.intent, message.channel_kind) == ("Máy chủ tắt.", "message", "web_form")


def test_fields_stand_in_the_order_in_which_they_were_asked() -> None:
    ticket = tables([received()]).tickets[TICKET]
    assert ticket.fields is not None
    fields = json.loads(ticket.fields)
    assert fields == [{"id": "email", "value": "hoa@example.vn"}, {"id": "name", "value": "Hoa"}]


def test_a_further_message_joins_its_ticket() -> None:
    found = tables([received()], [supplemented(intent="done")])
    assert found.tickets[TICKET].messages == 2
    assert found.tickets[TICKET].last_activity_at == testing.NOON + timedelta(minutes=1)
    assert (found.messages[TICKET, 2].content, found.messages[TICKET, 2].intent) == ("Vẫn tắt.", "done")


def test_an_event_of_an_earlier_time_makes_nothing_older() -> None:
    late = replace(supplemented(), envelope=replace(supplemented().envelope, time=EARLIER))
    assert tables([received(), late]).tickets[TICKET].last_activity_at == testing.NOON


def test_files_are_named_in_their_order() -> None:
    text = RequestText(fields={}, content="", file_names=("một.pdf", "hai.pdf"))
    files = sorted(tables([received(text=text, files=2)]).attachments.values(), key=lambda file: file.place)
    assert [(file.place, file.name, file.message) for file in files] == [(1, "một.pdf", 1), (2, "hai.pdf", 1)]


def test_a_file_that_was_given_no_name_has_none() -> None:
    text = RequestText(fields={}, content="", file_names=("một.pdf",))
    files = sorted(tables([received(text=text, files=2)]).attachments.values(), key=lambda file: file.place)
    assert [file.name for file in files] == ["một.pdf", ""]


def test_every_event_is_a_line_of_the_timeline() -> None:
    found = tables([received(), supplemented(), erased(sequence=3)])
    lines = [(line.source, line.sequence, line.message, line.facts) for line in found.events.values()]
    assert lines == [("intake", 1, 1, 1), ("intake", 2, 2, 1), ("intake", 3, None, 1)]
    assert found.events[TICKET, "intake", 3].summary == "The ticket's personal data was erased (requested)."


# --- erased ---


def test_an_erased_ticket_keeps_its_facts_and_no_word_of_its_customer() -> None:
    found = tables([received(), supplemented()], [erased(sequence=3)])
    ticket = found.tickets[TICKET]
    assert (ticket.status, ticket.fields, ticket.messages, ticket.number) == ("erased", None, 2, "4821093753")
    assert ticket.erased_at == ticket.last_activity_at == testing.NOON + timedelta(minutes=2)
    assert [message.content for message in found.messages.values()] == [None, None]
    assert [(file.name, file.bytes) for file in found.attachments.values()] == [(None, 48_213), (None, 48_213)]


def test_a_ticket_is_erased_in_the_batch_that_brings_it() -> None:
    assert tables([received(), supplemented(), erased(sequence=3)]) == tables(
        [received(), supplemented()], [erased(sequence=3)]
    )


def test_erasing_one_ticket_leaves_the_others() -> None:
    found = tables([received(), received(OTHER)], [erased()])
    assert found.tickets[OTHER] == tables([received(OTHER)]).tickets[OTHER]
    assert found.messages[OTHER, 1].content == "Máy chủ tắt."


def test_a_ticket_read_after_its_key_was_deleted_has_the_rows_of_one_erased_later() -> None:
    whole, gone = [received(), supplemented()], [closed(received()), closed(supplemented())]
    assert tables(gone, [erased(sequence=3)]) == tables(whole, [erased(sequence=3)])


def test_a_key_that_is_gone_blanks_what_was_read_before() -> None:
    found = tables([received()], [closed(supplemented())])
    assert (found.tickets[TICKET].status, found.tickets[TICKET].fields) == ("erased", None)
    assert [message.content for message in found.messages.values()] == [None, None]
    assert tables([received()], [closed(supplemented())], [erased(sequence=3)]) == tables(
        [received(), supplemented(), erased(sequence=3)]
    )


def test_what_comes_for_an_erased_ticket_is_not_kept() -> None:
    said = testing.supplemented(sequence=3, message=2, attachments=scans(2, 1))
    found = tables([received(), erased()], [told(said, MORE)])
    assert found.tickets[TICKET].status == "erased"
    assert found.messages[TICKET, 2].content is None
    assert {file.name for file in found.attachments.values()} == {None}


def test_an_empty_message_is_not_an_erased_one() -> None:
    found = tables([received(), supplemented(text=MessageText())])
    assert (found.tickets[TICKET].status, found.messages[TICKET, 2].content) == ("received", "")


# --- what breaks its writer's promise ---


def test_a_ticket_is_received_once() -> None:
    twice = told(testing.again(testing.received(), sequence=2), MORE)
    with pytest.raises(NotFoldableError):
        tables([received()], [twice])


@pytest.mark.parametrize("first", [supplemented(), erased()])
def test_a_ticket_begins_with_being_received(first: Told) -> None:
    with pytest.raises(NotFoldableError):
        tables([first])


def test_a_message_that_leaves_one_out_is_not_taken() -> None:
    skipping = told(testing.supplemented(sequence=2, message=3), MORE)
    with pytest.raises(NotFoldableError):
        tables([received()], [skipping])


def test_a_ticket_stays_with_its_brand() -> None:
    elsewhere = told(testing.supplemented(brand="azdigi"), MORE)
    with pytest.raises(NotFoldableError):
        tables([received()], [elsewhere])


def test_a_fact_that_is_not_about_a_ticket_is_not_taken() -> None:
    foreign = told(testing.again(testing.api_key_revoked("congsoxanh"), subject=TICKET, sequence=2))
    with pytest.raises(NotFoldableError):
        tables([received()], [foreign])
