"""What intake and query answer, as far as a page shows it; members it does not know are ignored."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Base of every answer: frozen, and open to members that come later."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Label(Answer):
    """A field's name in both languages."""

    vi: str
    en: str = ""


class Option(Answer):
    """One answer that a choice offers."""

    id: str
    vi: str
    en: str = ""


class Field(Answer):
    """One question of a form."""

    id: str
    label: Label
    type: str = "text"
    required: bool = False
    max_length: int | None = None
    options: tuple[Option, ...] = ()


class AttachmentRules(Answer):
    """Which files a form takes."""

    max_bytes_exclusive: int
    extensions: tuple[str, ...]
    max_files: int = 1


class Form(Answer):
    """A form as the brand's policy states it."""

    id: str
    channel: str = ""
    empty_content: str = "allow"
    fields: tuple[Field, ...]
    attachments: AttachmentRules | None = None


class Channel(Answer):
    """A way to reach the brand."""

    id: str
    kind: str
    address: str = ""


class Brand(Answer):
    """A brand's page: what it is called, how it is reached, what it asks."""

    brand: str
    name: str
    timezone: str = "Asia/Ho_Chi_Minh"
    channels: tuple[Channel, ...] = ()
    mail: str | None = None
    forms: tuple[Form, ...] = ()

    def form(self, form_id: str) -> Form | None:
        """The form of that id; the first when none is named."""
        return next((form for form in self.forms if form_id in {"", form.id}), None)


class ListedBrand(Answer):
    """A brand among the others."""

    brand: str
    name: str


class Brands(Answer):
    """Every brand that takes requests here."""

    brands: tuple[ListedBrand, ...]


class Accepted(Answer):
    """A request that became a ticket."""

    ticket_id: UUID
    number: str
    accepted_at: datetime
    link: str
    read_token: str


class Added(Answer):
    """A message that joined its ticket."""

    message: int
    accepted_at: datetime
    read_token: str


class Attachment(Answer):
    """A file that came with a message."""

    attachment_id: UUID
    name: str
    bytes: int
    media_type: str = ""


class Message(Answer):
    """One message of a ticket."""

    message: int
    at: datetime
    author: str = "customer"
    content: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Value(Answer):
    """What was filled in for one field."""

    id: str
    value: str


class Ticket(Answer):
    """A ticket as its customer sees it."""

    ticket_id: UUID
    number: str
    brand: str
    brand_name: str
    received_at: datetime
    language: str = "vi"
    form: str | None = None
    fields: tuple[Value, ...] = ()
    messages: tuple[Message, ...] = ()
    erased: bool = False
    stale: bool = False
    status: str = "received"
