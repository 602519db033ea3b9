"""What may be asked of intake: send a request, add a message, erase a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from phieu_schemas.types import Attachment, Sealed
from services.policy.models import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRequest:
    """A customer's request, as the brand's form asks for it; what was typed is already sealed in `personal`.

    By whomever it is sent, it is held to the channel of its form.
    """

    policy: Policy
    form: str
    by_program: bool
    fields: Mapping[str, str]
    attachments: tuple[Attachment, ...]
    personal: Sealed
    requester_id: UUID
    language: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMessage:
    """A further message of the customer; of the sealed text the rules look at what stands beside it here."""

    blank: bool
    clean: bool
    length: int
    intent: str
    channel_kind: str
    attachments: tuple[Attachment, ...]
    personal: Sealed
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseTicket:
    """A person's data in this ticket shall be gone; its key is deleted when this is decided."""

    reason: str
    at: datetime


Command = SubmitRequest | AddMessage | EraseTicket
