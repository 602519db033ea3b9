"""However the log brings the same events, the rows end the same; and they say what the contract's own fold says."""

from __future__ import annotations

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from phieu_schemas.codec import Recorded
from phieu_schemas.fold import Ticket, fold
from phieu_schemas.ticket import Supplemented
from tests.unit.query.told import OTHER, TICKET, Tables, Told, closed, erased, received, supplemented, tables

Story = list[Told]


@st.composite
def stories(draw: st.DrawFn, ticket_id: str) -> Story:
    """What happened to one ticket."""
    story = [received(ticket_id)]
    messages = 1
    for kind in draw(st.lists(st.sampled_from(["message", "done", "erased"]), max_size=5)):
        sequence = len(story) + 1
        if kind == "erased":
            story.append(erased(ticket_id, sequence=sequence))
        else:
            messages += 1
            event = supplemented(ticket_id, sequence=sequence, intent=kind)
            assert isinstance(event.fact, Supplemented)
            story.append(Told(event.envelope, event.fact.model_copy(update={"message": messages}), event.personal))
    return story


@st.composite
def logs(draw: st.DrawFn) -> Story:
    """Two tickets' events, each in its order, the two woven in any way."""
    one, other = draw(stories(TICKET)), draw(stories(OTHER))
    woven: Story = []
    while one or other:
        woven.append((one if one and (not other or draw(st.booleans())) else other).pop(0))
    return woven


@st.composite
def batches(draw: st.DrawFn, log: Story) -> list[Story]:
    """The log, cut anywhere."""
    cuts = sorted(draw(st.sets(st.integers(0, len(log)))))
    return [log[a:b] for a, b in zip([0, *cuts], [*cuts, len(log)], strict=True)]


def folded(log: Story, ticket_id: str) -> Ticket:
    events = [Recorded(e.envelope, e.fact) for e in log if e.envelope.subject == ticket_id]
    ticket = reduce(fold, events, None)
    assert ticket is not None
    return ticket


@given(st.data())
def test_any_cut_of_the_log_into_batches_ends_in_the_same_rows(data: st.DataObject) -> None:
    log = data.draw(logs())
    assert tables(*data.draw(batches(log))) == tables(*([event] for event in log))


@given(st.data())
def test_rows_read_before_an_erasure_end_as_those_read_after_it(data: st.DataObject) -> None:
    """From any event on the key may be gone; a rebuild reads everything with the key gone."""
    log = data.draw(logs())
    gone = {ticket for ticket in (TICKET, OTHER) if folded(log, ticket).status == "erased"}
    since = data.draw(st.integers(0, len(log)))
    live = [closed(e) if n >= since and e.envelope.subject in gone else e for n, e in enumerate(log)]
    rebuilt = [closed(e) if e.envelope.subject in gone else e for e in log]
    assert tables(*data.draw(batches(live))) == tables(rebuilt)


@given(logs())
def test_the_rows_say_what_the_fold_says(log: Story) -> None:
    found = tables(log)
    for ticket_id in (TICKET, OTHER):
        agree(found, folded(log, ticket_id))


def agree(found: Tables, ticket: Ticket) -> None:
    row = found.tickets[ticket.ticket_id]
    assert ticket.intake is not None
    assert (row.status, row.number, row.last_activity_at) == (ticket.status, ticket.number, ticket.last_activity_at)
    assert (row.erased_at, row.received_at) == (ticket.intake.erased_at, ticket.intake.received_at)
    said = [found.messages[ticket.ticket_id, number] for number in range(1, row.messages + 1)]
    assert [(m.message, m.sequence, m.at, m.intent, m.channel_kind) for m in said] == [
        (m.number, m.sequence, m.at, m.intent, m.channel_kind) for m in ticket.messages
    ]
