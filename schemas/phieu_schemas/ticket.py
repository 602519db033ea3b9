"""What happens to a ticket, in the order of its life: one section per event."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from phieu_schemas.fact import Fact, PersonalFact
from phieu_schemas.types import (
    Attachment,
    ChannelKind,
    Language,
    Personal,
    ShortText,
    Slug,
    TicketNumber,
    known_values,
)

# --- received ---------------------------------------------------------------------------------------------


class RequestText(Personal):
    """What the customer wrote: the form's fields by id, the content, the names of the files."""

    fields: Annotated[dict[str, str], Field(default_factory=dict)]
    content: str = ""
    file_names: tuple[str, ...] = ()


class Received(PersonalFact):
    """A customer's request was let in and became a ticket; it is the ticket's message 1."""

    wire_type: ClassVar[str] = "phieu.ticket.received.v1"
    personal_type: ClassVar[type[Personal]] = RequestText

    number: TicketNumber
    channel: Annotated[Slug, Field(description="The channel's id in the brand's policy.")]
    channel_kind: ChannelKind
    form: Annotated[Slug | None, Field(description="The form's id in the brand's policy.")] = None
    policy: Annotated[ShortText, Field(description="The policy version in force when it was accepted.")]
    language: Language
    requester_id: Annotated[UUID, Field(description="Opaque; the same for one address within one brand.")]
    attachments: tuple[Attachment, ...] = ()

    def summary(self) -> str:
        return f"Ticket {self.number} was received by {self.channel_kind}."


# --- supplemented -----------------------------------------------------------------------------------------

Intent = Annotated[str, known_values(message="has something to say", done="needs nothing more")]


class MessageText(Personal):
    """What the customer added: the content and the names of the files."""

    content: str = ""
    file_names: tuple[str, ...] = ()


class Supplemented(PersonalFact):
    """The customer added a message to the ticket."""

    wire_type: ClassVar[str] = "phieu.ticket.supplemented.v1"
    personal_type: ClassVar[type[Personal]] = MessageText

    message: Annotated[int, Field(ge=2, description="Counts the customer's messages; `received` is 1.")]
    intent: Intent = "message"
    channel_kind: ChannelKind
    attachments: tuple[Attachment, ...] = ()

    def summary(self) -> str:
        if self.intent == "done":
            return f"The customer said with message {self.message} that nothing more is needed."
        return f"The customer added message {self.message} by {self.channel_kind}."


# --- erased -----------------------------------------------------------------------------------------------

ErasureReason = Annotated[str, known_values(requested="the person asked", retention="its time was over")]


class Erased(Fact):
    """Every personal part of the ticket is gone: its key was deleted. Drop what you derived from it."""

    wire_type: ClassVar[str] = "phieu.ticket.erased.v1"

    reason: ErasureReason

    def summary(self) -> str:
        return f"The ticket's personal data was erased ({self.reason})."


TicketFact = Received | Supplemented | Erased
