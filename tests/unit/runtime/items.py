"""Records as the sorting sees them: a subject, a sequence, and what is wrong with them."""

from __future__ import annotations

from phieu_schemas.codec import encode
from phieu_schemas.testing import TICKET, again, erased, received, supplemented
from services.runtime.delivery import Item, Place, Raw, read
from services.runtime.inbox import Plan

PLACE = Place("ticket-events.congsoxanh", 0)


def item(sequence: int, subject: str = TICKET, *, cause: str | None = None, offset: int = 0) -> Item:
    """The ticket's n-th event, as it is read from the log."""
    event = received(subject) if sequence == 1 else supplemented(subject, sequence=sequence)
    record = encode(event.envelope, event.fact)
    found = read(Raw(PLACE, offset or sequence, record.key, record.value, record.headers))
    found.cause = cause
    return found


def unreadable(sequence: int, subject: str = TICKET) -> Item:
    """The ticket's n-th event with a body that is no JSON."""
    return read(item(sequence, subject, offset=1_000 + sequence).raw._replace(value=b"{"))


def unknown(sequence: int, subject: str = TICKET) -> Item:
    """The ticket's n-th event, of a type never heard of."""
    event = again(erased(subject, sequence=sequence), type="phieu.ticket.sung.v1")
    return read(Raw(PLACE, sequence, subject.encode(), b"{}", event.envelope.to_headers()))


def waiting(sequence: int, subject: str = TICKET) -> Item:
    """What was parked because of a gap."""
    found = item(sequence, subject, offset=500 + sequence)
    found.was_gap = True
    return found


def stuck(sequence: int, subject: str = TICKET, cause: str = "not-json") -> Item:
    """What was parked for another reason."""
    return item(sequence, subject, cause=cause, offset=500 + sequence)


def applied(plan: Plan) -> list[int]:
    """The sequences that are applied, in order."""
    return [event.envelope.sequence for event in plan.apply]


def parked(plan: Plan) -> dict[int, str]:
    """The sequences that are parked, and why."""
    return {one.envelope.sequence: cause for one, cause in plan.park if one.envelope}


def sequence_of(one: Item) -> int:
    """Where a record stands in its row."""
    assert one.envelope is not None
    return one.envelope.sequence
