"""From events to what is so: the state of a ticket as a join over its sources, and the state of a brand.

A ticket's events come from several services, each numbering its own. The fold keeps a part per source and the
last sequence of each, so that any interleaving, repetition or delay of the same events ends in one state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, assert_never

from pydantic import JsonValue

from phieu_schemas.brand import ApiKeyIssued, ApiKeyRevoked, BrandFact, PolicyActivated
from phieu_schemas.codec import Recorded, Skipped
from phieu_schemas.envelope import Envelope
from phieu_schemas.ticket import Erased, Received, Supplemented, TicketFact
from phieu_schemas.types import Attachment

Admission = Literal["next", "duplicate", "gap"]


class NotFoldableError(Exception):
    """The event breaks a promise of its writer: it cannot be part of this state."""


def admit(last: int, sequence: int) -> Admission:
    """What to do with an event of a source whose last applied sequence is `last`."""
    if sequence <= last:
        return "duplicate"
    return "next" if sequence == last + 1 else "gap"


# --- ticket -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the customer; `sequence` is that of the event that brought it."""

    number: int
    sequence: int
    at: datetime
    intent: str
    channel_kind: str
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSide:
    """What intake said of the ticket."""

    number: str
    channel: str
    form: str | None
    policy: str
    language: str
    requester_id: str
    received_at: datetime
    messages: tuple[Message, ...]
    erased_at: datetime | None = None

    @property
    def last_at(self) -> datetime:
        """When intake last said something."""
        return max(self.messages[-1].at, self.erased_at or self.received_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket: one part per source, the last sequence of each, and what waits for a gap to close.

    Any source may be heard first: until intake is, `intake` is None.
    """

    ticket_id: str
    brand: str
    sequences: Mapping[str, int] = field(default_factory=dict)
    intake: IntakeSide | None = None
    waiting: tuple[Recorded | Skipped, ...] = ()

    def sequence_of(self, source_name: str) -> int:
        """The last sequence applied of a source; 0 before its first."""
        return self.sequences.get(source_name, 0)

    @property
    def number(self) -> str | None:
        """The number said over the phone."""
        return self.intake.number if self.intake else None

    @property
    def messages(self) -> tuple[Message, ...]:
        """The customer's messages, 1 first."""
        return self.intake.messages if self.intake else ()

    @property
    def status(self) -> str:
        """Open: more values come with more sources. `unseen`: intake was not heard yet."""
        if self.intake is None:
            return "unseen"
        return "received" if self.intake.erased_at is None else "erased"

    @property
    def last_activity_at(self) -> datetime | None:
        """When something last happened to it."""
        return self.intake.last_at if self.intake else None


def fold(ticket: Ticket | None, event: Recorded | Skipped) -> Ticket:
    """Take in an event of any source in any order: a repeated one changes nothing, an early one waits."""
    envelope = event.envelope
    ticket = _of(ticket, envelope)
    admission = admit(ticket.sequence_of(envelope.source_name), envelope.sequence)
    if admission == "next":
        return _caught_up(evolve(ticket, event))
    return replace(ticket, waiting=_waiting(ticket.waiting, event)) if admission == "gap" else ticket


def evolve(ticket: Ticket | None, event: Recorded | Skipped) -> Ticket:
    """Apply the next event of its source. Raises NotFoldableError."""
    envelope = event.envelope
    ticket = _of(ticket, envelope)
    _must_be_next(ticket.sequence_of(envelope.source_name), envelope)
    sequences = {**ticket.sequences, envelope.source_name: envelope.sequence}
    ticket = replace(ticket, sequences=sequences)
    return ticket if isinstance(event, Skipped) else _applied(ticket, envelope, event.fact)


def _applied(ticket: Ticket, envelope: Envelope, fact: object) -> Ticket:
    if not isinstance(fact, TicketFact):
        raise NotFoldableError(f"{envelope.type} is not about a ticket")
    match fact:
        case Received():
            return replace(ticket, intake=_received(ticket, envelope, fact))
        case Supplemented():
            return replace(ticket, intake=_supplemented(_begun(ticket), envelope, fact))
        case Erased():
            return replace(ticket, intake=replace(_begun(ticket), erased_at=envelope.time))
        case _:
            assert_never(fact)


def _received(ticket: Ticket, envelope: Envelope, fact: Received) -> IntakeSide:
    if ticket.intake is not None:
        raise NotFoldableError("a ticket is received once")
    return IntakeSide(
        number=fact.number,
        channel=fact.channel,
        form=fact.form,
        policy=fact.policy,
        language=fact.language,
        requester_id=str(fact.requester_id),
        received_at=envelope.time,
        messages=(_message(1, "message", envelope, fact),),
    )


def _supplemented(side: IntakeSide, envelope: Envelope, fact: Supplemented) -> IntakeSide:
    if fact.message != len(side.messages) + 1:
        raise NotFoldableError("messages are numbered without a gap")
    return replace(side, messages=(*side.messages, _message(fact.message, fact.intent, envelope, fact)))


def _message(number: int, intent: str, envelope: Envelope, fact: Received | Supplemented) -> Message:
    return Message(
        number=number,
        sequence=envelope.sequence,
        at=envelope.time,
        intent=intent,
        channel_kind=fact.channel_kind,
        attachments=fact.attachments,
    )


def _begun(ticket: Ticket) -> IntakeSide:
    if ticket.intake is None:
        raise NotFoldableError("a ticket begins with being received")
    return ticket.intake


def _of(ticket: Ticket | None, envelope: Envelope) -> Ticket:
    if ticket is None:
        return Ticket(ticket_id=envelope.subject, brand=envelope.brand)
    if (ticket.ticket_id, ticket.brand) != (envelope.subject, envelope.brand):
        raise NotFoldableError("the event is about another ticket")
    return ticket


def _must_be_next(last: int, envelope: Envelope) -> None:
    if admit(last, envelope.sequence) != "next":
        raise NotFoldableError(f"{envelope.sequence} does not follow {last} of {envelope.source_name}")


def _place(event: Recorded | Skipped) -> tuple[str, int]:
    return event.envelope.source_name, event.envelope.sequence


def _waiting(waiting: tuple[Recorded | Skipped, ...], event: Recorded | Skipped) -> tuple[Recorded | Skipped, ...]:
    if _place(event) in map(_place, waiting):
        return waiting
    return tuple(sorted((*waiting, event), key=_place))


def _caught_up(ticket: Ticket) -> Ticket:
    """Apply what waited for the gap that just closed."""
    for event in ticket.waiting:
        source, sequence = _place(event)
        if admit(ticket.sequence_of(source), sequence) == "next":
            rest = tuple(other for other in ticket.waiting if other is not event)
            ticket = evolve(replace(ticket, waiting=rest), event)
    return ticket


# --- brand ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """A version of a brand's policy, in force from `sequence` of the brand's facts on."""

    sequence: int
    version: str
    format: str
    hash: str
    content: Mapping[str, JsonValue]
    known_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A program's key to the brand."""

    key_id: str
    hash: str
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None
    revoked: bool = False

    def opens_at(self, now: datetime) -> bool:
        """Whether the key opens anything at that time."""
        return not self.revoked and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """What a brand has declared up to `sequence`; nothing declared is forgotten."""

    brand: str
    sequence: int = 0
    policies: tuple[PolicyVersion, ...] = ()
    api_keys: Mapping[str, ApiKey] = field(default_factory=dict)

    @property
    def active_policy(self) -> PolicyVersion | None:
        """The version in force."""
        return self.policies[-1] if self.policies else None

    def policy_at(self, sequence: int) -> PolicyVersion | None:
        """The version that was in force as of that sequence of the brand's facts."""
        return next((policy for policy in reversed(self.policies) if policy.sequence <= sequence), None)

    @property
    def keys(self) -> Mapping[str, ApiKey]:
        """The keys that were not revoked, by id; whether one has expired `opens_at` says."""
        return {key_id: key for key_id, key in self.api_keys.items() if not key.revoked}


def evolve_brand(brand: Brand | None, event: Recorded | Skipped) -> Brand:
    """Apply the next fact of a brand. Raises NotFoldableError."""
    envelope = event.envelope
    brand = brand or Brand(brand=envelope.brand)
    if brand.brand != envelope.brand:
        raise NotFoldableError("the fact is about another brand")
    _must_be_next(brand.sequence, envelope)
    brand = replace(brand, sequence=envelope.sequence)
    return brand if isinstance(event, Skipped) else _declared(brand, envelope, event.fact)


def _declared(brand: Brand, envelope: Envelope, fact: object) -> Brand:
    if not isinstance(fact, BrandFact):
        raise NotFoldableError(f"{envelope.type} is not about a brand")
    match fact:
        case PolicyActivated():
            return replace(brand, policies=(*brand.policies, _policy(envelope.sequence, fact)))
        case ApiKeyIssued():
            return _with_key(brand, _key(fact))
        case ApiKeyRevoked():
            return _with_key(brand, replace(_issued(brand, fact.key_id), revoked=True))
        case _:
            assert_never(fact)


def _policy(sequence: int, fact: PolicyActivated) -> PolicyVersion:
    return PolicyVersion(
        sequence=sequence,
        version=fact.version,
        format=fact.format,
        hash=fact.hash,
        content=fact.content,
        known_from=fact.known_from,
    )


def _key(fact: ApiKeyIssued) -> ApiKey:
    return ApiKey(key_id=fact.key_id, hash=fact.hash, name=fact.name, scopes=fact.scopes, expires_at=fact.expires_at)


def _issued(brand: Brand, key_id: str) -> ApiKey:
    if key_id not in brand.api_keys:
        raise NotFoldableError("a key is revoked after it was issued")
    return brand.api_keys[key_id]


def _with_key(brand: Brand, key: ApiKey) -> Brand:
    return replace(brand, api_keys={**brand.api_keys, key.key_id: key})
