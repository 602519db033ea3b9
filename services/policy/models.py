"""A brand's policy as the services use it: the parts of the file that are read today, frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from services.policy.form import Form, Id

FORMAT = "support-policy/1"

Status = Literal["draft", "active", "retired"]
ChannelKind = Literal["web_form", "ticket_portal", "email", "chat", "phone", "in_person", "letter", "remote_session"]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not a time zone of the tz database") from None
    return name


class Part(BaseModel):
    """A section of the file; what this version does not read is carried along, not refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Brand(Part):
    """Who publishes the policy; its id is the name of its folder."""

    name: str = Field(min_length=1, max_length=200)
    locale: str = Field(pattern=r"^[a-z]{2}-[A-Z]{2}$")
    timezone: Annotated[str, AfterValidator(_known_zone)]


class Version(Part):
    """Which text of the policy this is."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=80)
    status: Status
    effective_from: AwareDatetime


class Rule(Part):
    """One sentence of the published text, verbatim, and what is done about it."""

    id: str = Field(pattern=r"^S[0-9]+-[0-9]{2}[a-z]?$")
    mode: Literal["enforce", "support", "inform"]
    quote: str = Field(min_length=1)
    meaning: str = Field(min_length=1)


class Channel(Part):
    """A way in: a page, a mailbox, a telephone."""

    kind: ChannelKind
    address: str = ""
    departments: tuple[Id, ...] = ()


class Department(Part):
    """A department that requests go to."""

    name_vi: str = Field(min_length=1, max_length=200)
    name_en: str = ""


class Category(Part):
    """A kind of request."""

    label_vi: str = Field(min_length=1, max_length=200)
    departments: tuple[Id, ...]


class Policy(Part):
    """What a brand has published, as far as the services read it."""

    format: Literal["support-policy/1"]
    brand: Brand
    version: Version
    rules: tuple[Rule, ...]
    channels: Mapping[Id, Channel]
    forms: Mapping[Id, Form] = {}
    departments: Mapping[Id, Department]
    categories: Mapping[Id, Category] = {}

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id: the sentence behind a refusal."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def channel_of(self, kind: str) -> tuple[str, Channel] | None:
        """Id and data of the first channel of that kind: where a form arrives, which mailbox to name."""
        return next(self.channels_of(kind), None)

    def channels_of(self, kind: str) -> Iterator[tuple[str, Channel]]:
        """Id and data of every channel of that kind, in the order of their ids."""
        return ((id_, channel) for id_, channel in self.channels.items() if channel.kind == kind)
