"""The words events are made of: ids, times, open enumerations, sealed parts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints


class Wire(BaseModel):
    """What travels: frozen, exact in types, deaf to members it does not know; errors never quote a value."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, hide_input_in_errors=True)


class Personal(Wire):
    """What is sealed in the `personal` member of an event. Its values never show in a log or a traceback."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    __str__ = __repr__


def to_utc(instant: datetime) -> datetime:
    """The same instant, in UTC."""
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def known_values(**values: str) -> Any:
    """An open enumeration: what each value means that is known today. A reader keeps one it does not know."""
    described = "; ".join(f"{value}: {meaning}" for value, meaning in values.items())
    return Field(
        max_length=64,
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        description=f"Open: more values may come. {described}",
        json_schema_extra={"x-known-values": list(values)},
    )


BRAND_ID = "[a-z0-9](-?[a-z0-9])*"
BRAND_ID_LENGTH = 40

Utc = Annotated[AwareDatetime, AfterValidator(to_utc)]
BrandId = Annotated[str, StringConstraints(pattern=f"^{BRAND_ID}$", max_length=BRAND_ID_LENGTH)]
TicketId = UUID
TicketNumber = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{9}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
ShortText = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ApiKeyId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z2-7]{12}$")]
Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
MediaType = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$", max_length=255)]

ChannelKind = Annotated[
    str,
    known_values(
        web_form="a form on a page",
        email="a mail",
        phone="a call, written down by staff",
        chat="a chat",
        ticket_portal="the customer's portal",
        in_person="at the counter",
        letter="on paper",
        api="a program",
    ),
]
Language = Annotated[str, known_values(vi="Vietnamese", en="English")]


class Sealed(Wire):
    """A personal part, encrypted under the key of its ticket. Without the key it says nothing."""

    key_id: UUID
    ciphertext: Base64


class Attachment(Wire):
    """A file that came with a message. Its name is personal: it lies in the sealed part, in this order."""

    attachment_id: UUID
    bytes: Annotated[int, Field(ge=0)]
    media_type: MediaType
