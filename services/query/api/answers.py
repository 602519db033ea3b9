"""What is answered. The customer's own shape is a type apart: it has no member that is not theirs to see."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Shown(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class FieldShown(Shown):
    """What was filled in for one field of the form."""

    id: str
    value: str


class FileShown(Shown):
    """A file that came with a message."""

    attachment_id: UUID
    name: str
    bytes: int
    media_type: str


class MyMessage(Shown):
    """A message as its customer sees it; `content` is null once it is erased."""

    message: int
    at: datetime
    author: str
    intent: str
    content: str | None
    attachments: list[FileShown]


class MyTicket(Shown):
    """A ticket as its private link shows it; `stale`: something is known to have happened that it does not show yet."""

    ticket_id: UUID
    number: str
    brand: str
    brand_name: str
    status: str
    received_at: datetime
    channel_kind: str
    language: str
    form: str | None
    fields: list[FieldShown]
    messages: list[MyMessage]
    erased: bool
    stale: bool


class FileRecord(Shown):
    """A file of a ticket; `name` is null once it is erased."""

    attachment_id: UUID
    name: str | None
    bytes: int
    media_type: str


class MessageRecord(Shown):
    """A message of a ticket; `sequence` is that of the event that brought it."""

    message: int
    sequence: int
    at: datetime
    author: str
    intent: str
    channel_kind: str
    content: str | None
    attachments: list[FileRecord]


class TicketRecord(Shown):
    """All there is of a ticket."""

    ticket_id: UUID
    number: str
    brand: str
    status: str
    channel: str
    channel_kind: str
    form: str | None
    language: str
    policy: str
    requester_id: UUID
    received_at: datetime
    last_activity_at: datetime
    erased_at: datetime | None
    fields: list[FieldShown]
    messages: list[MessageRecord]
    erased: bool
    stale: bool


class EventShown(Shown):
    """A line of a ticket's timeline; `message` is the customer's message that came with it."""

    sequence: int
    source: str
    type: str
    at: datetime
    summary: str
    message: int | None


class Timeline(Shown):
    """Every event of a ticket, in order."""

    ticket_id: UUID
    events: list[EventShown]
    stale: bool


class TicketListed(Shown):
    """A ticket among others."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)

    ticket_id: UUID
    number: str
    brand: str
    status: str
    channel_kind: str
    language: str
    received_at: datetime
    last_activity_at: datetime
    messages: int


class TicketPage(Shown):
    """A page of tickets, newest first; `next` is the cursor of the page behind it, null on the last."""

    tickets: list[TicketListed]
    next: str | None
    stale: bool
