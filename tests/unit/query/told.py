"""Events as query is given them, with what the customer wrote in the clear; and tables to write the rows into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from phieu_schemas import testing
from phieu_schemas.codec import Recorded
from phieu_schemas.envelope import Envelope
from phieu_schemas.fact import Fact
from phieu_schemas.ticket import MessageText, RequestText
from phieu_schemas.types import Attachment, Personal
from services.query.project import AttachmentRow, EventRow, MessageRow, Rows, TicketRow, gather

REQUEST = RequestText(
    fields={"email": "hoa@example.vn", "name": "Hoa"}, content="Máy chủ tắt.", file_names=("hoá đơn.pdf",)
)
MORE = MessageText(content="Vẫn tắt.", file_names=("ảnh.pdf",))
TICKET, OTHER = testing.TICKET, "1c1c5a52-3a3e-4d0f-9a55-6c6f1f0a7a02"


@dataclass(frozen=True, slots=True)
class Told:
    """An event, opened."""

    envelope: Envelope
    fact: Fact
    personal: Personal | None = None


def told(event: Recorded, personal: Personal | None = None) -> Told:
    """An event of the log, opened."""
    return Told(event.envelope, event.fact, personal)


def closed(event: Told) -> Told:
    """The same event, read after its key was deleted."""
    return replace(event, personal=None)


def received(ticket_id: str = TICKET, *, text: RequestText = REQUEST, files: int = 1) -> Told:
    """A request with a file came in."""
    return told(testing.received(ticket_id, attachments=scans(1, files)), text)


def supplemented(
    ticket_id: str = TICKET, *, sequence: int = 2, text: MessageText = MORE, intent: str = "message"
) -> Told:
    """The customer wrote again, with a file."""
    return told(testing.supplemented(ticket_id, sequence=sequence, intent=intent, attachments=scans(sequence, 1)), text)


def erased(ticket_id: str = TICKET, *, sequence: int = 2) -> Told:
    """The ticket was erased."""
    return told(testing.erased(ticket_id, sequence=sequence))


def scans(message: int, count: int) -> tuple[Attachment, ...]:
    """Files with ids of their own."""
    return tuple(testing.SCAN.model_copy(update={"attachment_id": UUID(int=message * 100 + n)}) for n in range(count))


@dataclass(slots=True)
class Tables:
    """The four tables in memory, written as the store writes them."""

    tickets: dict[str, TicketRow] = field(default_factory=dict)
    messages: dict[tuple[str, int], MessageRow] = field(default_factory=dict)
    attachments: dict[tuple[str, UUID], AttachmentRow] = field(default_factory=dict)
    events: dict[tuple[str, str, int], EventRow] = field(default_factory=dict)

    def take(self, batch: Sequence[Told]) -> None:
        """Fold a batch."""
        self.write(gather({subject: self.tickets[subject] for subject in subjects(batch) & self.tickets.keys()}, batch))

    def write(self, rows: Rows) -> None:
        """New rows beside the old, and what is erased blanked."""
        self.tickets |= rows.tickets
        self.messages |= {(row.ticket_id, row.message): row for row in rows.messages}
        self.attachments |= {(row.ticket_id, row.attachment_id): row for row in rows.attachments}
        self.events |= {(row.ticket_id, row.source, row.sequence): row for row in rows.events}
        for key, message in self.messages.items():
            if key[0] in rows.erased:
                self.messages[key] = message._replace(content=None)
        for place, file in self.attachments.items():
            if place[0] in rows.erased:
                self.attachments[place] = file._replace(name=None)


def subjects(batch: Iterable[Told]) -> set[str]:
    """Whose events these are."""
    return {event.envelope.subject for event in batch}


def tables(*batches: Sequence[Told]) -> Tables:
    """The tables after these batches."""
    found = Tables()
    for batch in batches:
        found.take(batch)
    return found
