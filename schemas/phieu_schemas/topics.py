"""The topics, as data: from this manifests, the reference and the checks of the codec are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from phieu_schemas.brand import ApiKeyIssued, ApiKeyRevoked, PolicyActivated
from phieu_schemas.fact import Fact
from phieu_schemas.ticket import Erased, Received, Supplemented
from phieu_schemas.types import BRAND_ID

FOR_EVER = -1


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A stream that every brand has one topic of.

    `key` says what the record key and the event's subject are. `writers` names the one service that publishes
    each event. `partitions` is None where the setting decides; the count never changes afterwards.
    """

    prefix: str
    about: str
    key: Literal["ticket_id", "brand_id"]
    writers: Mapping[str, tuple[type[Fact], ...]]
    readers: tuple[str, ...]
    partitions: int | None
    retention_ms: int = FOR_EVER
    cleanup_policy: Literal["delete", "compact"] = "delete"

    @cached_property
    def events(self) -> tuple[type[Fact], ...]:
        """Every event type on the topic, in the order of their life."""
        return tuple(event for events in self.writers.values() for event in events)

    @property
    def pattern(self) -> str:
        """What a reader of every brand subscribes to."""
        return rf"^{re.escape(self.prefix)}\.{BRAND_ID}$"

    def name(self, brand: str) -> str:
        """The topic of one brand."""
        return f"{self.prefix}.{brand}"

    def owner(self, wire_type: str) -> str:
        """The one service that publishes this event."""
        return next(
            service for service, events in self.writers.items() if any(event.wire_type == wire_type for event in events)
        )


TICKET_EVENTS = Topic(
    prefix="ticket-events",
    about="Everything that happens to the brand's tickets.",
    key="ticket_id",
    writers={"intake": (Received, Supplemented, Erased)},
    readers=("intake", "query"),
    partitions=None,
)
BRAND_FACTS = Topic(
    prefix="brand-facts",
    about="What the brand is and has declared.",
    key="brand_id",
    writers={"registry": (PolicyActivated, ApiKeyIssued, ApiKeyRevoked)},
    readers=("registry", "intake", "query"),
    partitions=1,
)
TOPICS: tuple[Topic, ...] = (TICKET_EVENTS, BRAND_FACTS)


def topic_of(wire_type: str) -> Topic:
    """The one topic an event type is published on."""
    for topic in TOPICS:
        if any(event.wire_type == wire_type for event in topic.events):
            return topic
    raise KeyError(wire_type)


def brand_of(topic_name: str) -> str:
    """The brand whose topic this is."""
    for topic in TOPICS:
        if re.fullmatch(topic.pattern, topic_name):
            return topic_name.removeprefix(topic.prefix + ".")
    raise ValueError(f"{topic_name} is not a topic of this platform: see phieu_schemas.topics.TOPICS")
