"""What intake remembers of a ticket."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from phieu_schemas.fact import Fact
from phieu_schemas.ticket import Erased, Received, Supplemented


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as its intake knows it; without a number it was never received."""

    number: str = ""
    requester_id: UUID | None = None
    key_id: UUID | None = None
    messages: int = 0
    erased_at: datetime | None = None


INITIAL = Ticket()


def evolve(ticket: Ticket, fact: Fact, at: datetime) -> Ticket:
    """The ticket after this fact, accepted at this time."""
    match fact:
        case Received():
            return Ticket(number=fact.number, requester_id=fact.requester_id, key_id=fact.personal.key_id, messages=1)
        case Supplemented():
            return replace(ticket, messages=fact.message)
        case Erased():
            return replace(ticket, erased_at=at)
        case _:
            raise TypeError(f"intake publishes no {fact.wire_type}")
