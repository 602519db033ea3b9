"""What query makes of events: `project` folds one into its ticket's row, `gather` a batch into rows. Pure.

Erased is one state, however it came about: an event that can no longer be opened blanks its ticket as `erased` does,
so that a ticket read before its erasure and one read after it end in the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from phieu_schemas.envelope import Envelope
from phieu_schemas.fact import Fact
from phieu_schemas.fold import NotFoldableError
from phieu_schemas.ticket import Erased, MessageText, Received, RequestText, Supplemented
from phieu_schemas.types import Personal

RECEIVED, ERASED = "received", "erased"


class Told(Protocol):
    """An event with its personal part in the clear; `personal` is None where there is none any more."""

    @property
    def envelope(self) -> Envelope:
        """What is written on its outside."""

    @property
    def fact(self) -> Fact:
        """What happened."""

    @property
    def personal(self) -> Personal | None:
        """What the customer wrote."""


class TicketRow(NamedTuple):
    """A ticket; `fields` is JSON text, a list of {id, value} in the form's order, None once it is erased."""

    ticket_id: str
    brand: str
    number: str
    status: str
    channel: str
    channel_kind: str
    form: str | None
    language: str
    policy: str
    requester_id: UUID
    key_id: UUID
    received_at: datetime
    last_activity_at: datetime
    messages: int
    erased_at: datetime | None
    fields: str | None


class MessageRow(NamedTuple):
    """A message of the customer; `content` is None once it is erased."""

    ticket_id: str
    message: int
    sequence: int
    at: datetime
    intent: str
    channel_kind: str
    content: str | None


class AttachmentRow(NamedTuple):
    """A file of a message, in its place among the message's files; `name` is None once it is erased."""

    ticket_id: str
    attachment_id: UUID
    message: int
    place: int
    bytes: int
    media_type: str
    key_id: UUID
    name: str | None


class EventRow(NamedTuple):
    """A line of the ticket's timeline."""

    ticket_id: str
    source: str
    sequence: int
    type: str
    at: datetime
    facts: int
    message: int | None
    summary: str


@dataclass(slots=True)
class Rows:
    """What a batch leaves behind: tickets as they are now, what is new, and whose older rows must be blanked."""

    tickets: dict[str, TicketRow] = field(default_factory=dict)
    messages: list[MessageRow] = field(default_factory=list)
    attachments: list[AttachmentRow] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)


def gather(known: Mapping[str, TicketRow], events: Iterable[Told]) -> Rows:
    """The rows after these events, in this order; `known` are their tickets as far as they are there already."""
    rows = Rows()
    for event in events:
        subject = event.envelope.subject
        ticket = project(rows.tickets.get(subject) or known.get(subject), event)
        rows.tickets[subject] = ticket
        rows.events.append(event_of(event))
        if isinstance(event.fact, Received | Supplemented):
            rows.messages.append(message_of(event.envelope, event.fact, event.personal))
            rows.attachments += attachments_of(event.envelope, event.fact, event.personal)
        if ticket.status == ERASED:
            rows.erased.add(subject)
    if rows.erased:
        rows.messages = [one._replace(content=_kept(one.content, one, rows)) for one in rows.messages]
        rows.attachments = [one._replace(name=_kept(one.name, one, rows)) for one in rows.attachments]
    return rows


def _kept(text: str | None, row: MessageRow | AttachmentRow, rows: Rows) -> str | None:
    return None if row.ticket_id in rows.erased else text


def project(ticket: TicketRow | None, event: Told) -> TicketRow:
    """The ticket's row after its next event. Raises NotFoldableError."""
    envelope, fact = event.envelope, event.fact
    if isinstance(fact, Received):
        if ticket is not None:
            raise NotFoldableError("a ticket is received once")
        return _received(envelope, fact, event.personal)
    if ticket is None:
        raise NotFoldableError("a ticket begins with being received")
    if ticket.brand != envelope.brand:
        raise NotFoldableError("the event is about another ticket")
    ticket = ticket._replace(last_activity_at=max(ticket.last_activity_at, envelope.time))
    match fact:
        case Supplemented():
            return _supplemented(ticket, fact, event.personal)
        case Erased():
            return _blank(ticket)._replace(erased_at=envelope.time)
        case _:
            raise NotFoldableError(f"{envelope.type} is not about a ticket")


def _received(envelope: Envelope, fact: Received, personal: Personal | None) -> TicketRow:
    return TicketRow(
        ticket_id=envelope.subject,
        brand=envelope.brand,
        number=fact.number,
        status=RECEIVED if personal else ERASED,
        channel=fact.channel,
        channel_kind=fact.channel_kind,
        form=fact.form,
        language=fact.language,
        policy=fact.policy,
        requester_id=fact.requester_id,
        key_id=fact.personal.key_id,
        received_at=envelope.time,
        last_activity_at=envelope.time,
        messages=1,
        erased_at=None,
        fields=_fields(personal),
    )


def _fields(personal: Personal | None) -> str | None:
    if not isinstance(personal, RequestText):
        return None
    return json.dumps([{"id": name, "value": value} for name, value in personal.fields.items()], ensure_ascii=False)


def _supplemented(ticket: TicketRow, fact: Supplemented, personal: Personal | None) -> TicketRow:
    if fact.message != ticket.messages + 1:
        raise NotFoldableError("messages are numbered without a gap")
    ticket = ticket._replace(messages=fact.message)
    return ticket if personal else _blank(ticket)


def _blank(ticket: TicketRow) -> TicketRow:
    return ticket._replace(status=ERASED, fields=None)


def message_of(envelope: Envelope, fact: Received | Supplemented, personal: Personal | None) -> MessageRow:
    """The message that the event brought."""
    number, intent = _number(fact), fact.intent if isinstance(fact, Supplemented) else "message"
    content = personal.content if isinstance(personal, RequestText | MessageText) else None
    return MessageRow(envelope.subject, number, envelope.sequence, envelope.time, intent, fact.channel_kind, content)


def attachments_of(envelope: Envelope, fact: Received | Supplemented, personal: Personal | None) -> list[AttachmentRow]:
    """The files that came with the event."""
    named = zip(fact.attachments, _names(personal, len(fact.attachments)), strict=True)
    return [
        AttachmentRow(
            ticket_id=envelope.subject,
            attachment_id=file.attachment_id,
            message=_number(fact),
            place=place,
            bytes=file.bytes,
            media_type=file.media_type,
            key_id=fact.personal.key_id,
            name=name,
        )
        for place, (file, name) in enumerate(named, start=1)
    ]


def _names(personal: Personal | None, count: int) -> tuple[str | None, ...]:
    """The files' names, in the files' order; a file that was given none is named with nothing."""
    if not isinstance(personal, RequestText | MessageText):
        return (None,) * count
    return (*personal.file_names, *[""] * count)[:count]


def _number(fact: Fact) -> int:
    return fact.message if isinstance(fact, Supplemented) else 1


def event_of(event: Told) -> EventRow:
    """The line that the event adds to the timeline."""
    envelope, fact = event.envelope, event.fact
    return EventRow(
        ticket_id=envelope.subject,
        source=envelope.source_name,
        sequence=envelope.sequence,
        type=envelope.type,
        at=envelope.time,
        facts=envelope.facts,
        message=_number(fact) if isinstance(fact, Received | Supplemented) else None,
        summary=fact.summary(),
    )
