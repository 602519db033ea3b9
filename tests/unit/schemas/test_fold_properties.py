"""Any interleaving, repetition and delay of the same events ends in one state.

What the fold answers is held against an account written apart from it: of each source the events 1, 2, 3 …
up to the first that was not seen count, and nothing else does.
"""

from __future__ import annotations

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from phieu_schemas import Erased, Recorded, Skipped, Supplemented, Ticket, fold
from phieu_schemas.testing import again, erased, received, supplemented

Event = Recorded | Skipped
Story = list[Event]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """The events of one ticket: what intake said, and a source whose words nobody knows yet."""
    said: Story = [received()]
    messages = 1
    for kind in draw(st.lists(st.sampled_from(["message", "done", "erased", "unknown"]), max_size=6)):
        sequence = len(said) + 1
        if kind == "erased":
            said.append(erased(sequence=sequence))
        elif kind == "unknown":
            said.append(Skipped(again(received(), sequence=sequence).envelope))
        else:
            messages += 1
            said.append(supplemented(sequence=sequence, message=messages, intent=kind))
    elsewhere = range(1, 1 + draw(st.integers(0, 4)))
    return [
        *said,
        *(Skipped(again(received(), source="/phieu/desk", sequence=n).envelope) for n in elsewhere),
    ]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Story, Story]:
    """A story, and one way in which the log may bring it: in any order, any of it several times."""
    story = draw(stories())
    repeated = draw(st.lists(st.sampled_from(story), max_size=8))
    return story, draw(st.permutations([*story, *repeated]))


def folded(events: Story) -> Ticket:
    ticket = reduce(fold, events, None)
    assert ticket is not None
    return ticket


def applied(seen: Story, source: str) -> Story:
    """Of what was seen of a source, what has no gap before it."""
    by_sequence = {e.envelope.sequence: e for e in seen if e.envelope.source_name == source}
    contiguous: Story = []
    while len(contiguous) + 1 in by_sequence:
        contiguous.append(by_sequence[len(contiguous) + 1])
    return contiguous


@given(deliveries())
def test_any_delivery_ends_in_the_state_of_the_story(delivery: tuple[Story, Story]) -> None:
    story, delivered = delivery
    assert folded(delivered) == folded(story)
    assert folded(delivered).waiting == ()


@given(deliveries(), st.data())
def test_at_any_moment_the_state_is_what_has_no_gap_before_it(
    delivery: tuple[Story, Story], data: st.DataObject
) -> None:
    seen = delivery[1][: data.draw(st.integers(1, len(delivery[1])))]
    ticket = folded(seen)
    intake, desk = applied(seen, "intake"), applied(seen, "desk")
    assert (ticket.sequence_of("intake"), ticket.sequence_of("desk")) == (len(intake), len(desk))

    facts = [(event.envelope, event.fact) for event in intake if isinstance(event, Recorded)]
    spoken = [(envelope, fact) for envelope, fact in facts if not isinstance(fact, Erased)]
    assert [(m.number, m.sequence, m.at, m.intent) for m in ticket.messages] == [
        (
            number,
            envelope.sequence,
            envelope.time,
            fact.intent if isinstance(fact, Supplemented) else "message",
        )
        for number, (envelope, fact) in enumerate(spoken, 1)
    ]
    gone = [envelope.time for envelope, fact in facts if isinstance(fact, Erased)]
    assert ticket.status == ("erased" if gone else "received" if intake else "unseen")
    assert ticket.last_activity_at == max((envelope.time for envelope, _ in facts), default=None)

    early = {(e.envelope.source_name, e.envelope.sequence) for e in seen} - {
        (e.envelope.source_name, e.envelope.sequence) for e in (*intake, *desk)
    }
    waiting = [(e.envelope.source_name, e.envelope.sequence) for e in ticket.waiting]
    assert waiting == sorted(early)


@given(deliveries(), deliveries())
def test_a_delivery_after_the_story_changes_nothing(delivery: tuple[Story, Story], other: tuple[Story, Story]) -> None:
    ticket = folded(delivery[1])
    known = [e for e in other[1] if e.envelope.sequence <= ticket.sequence_of(e.envelope.source_name)]
    assert reduce(fold, known, ticket) is ticket
