"""What can go wrong, by what the caller must do.

Refused            a rule says no; expected. The answer is recorded and given: 4xx with a stable slug.
RetryableError     transport, time-out, a store that is away: 503, or wait and try again by the same key. It may have
│                  happened all the same (a commit whose answer was lost): the key tells, and nothing is done twice
├── StoreAwayError     Postgres, or the key store, does not answer
├── NotReadyError      a writer has not read its own topics to the end yet
└── BusyError          a bounded queue is full, or what is needed stays locked or taken by others
PoisonError        a record that can never be folded as it is: parked, with its cause
FencedError        another member owns this partition now: forget, load again
ForkedError        a writer's own topic and table differ in an event: its process ends, for people to look
anything else      a bug: loud
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one field of a form, in both languages."""

    field: str
    slug: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The sentence of a brand's policy behind a refusal."""

    id: str
    quote: str


@dataclass(slots=True)
class Refused(Exception):
    """A rule says no: a slug of `problems.PROBLEMS`, and what the caller can do about it."""

    slug: str
    detail: str = ""
    errors: tuple[FieldError, ...] = field(default=(), kw_only=True)
    rule: Rule | None = field(default=None, kw_only=True)
    retry_after: int | None = field(default=None, kw_only=True)


class RetryableError(Exception):
    """Transport or time-out: the outcome may be unknown; the caller may try again by the same key."""


class StoreAwayError(RetryableError):
    """A store that is needed does not answer."""


class NotReadyError(RetryableError):
    """A writer has not read its own topics to the end yet: what it decided could be there already."""


class BusyError(RetryableError):
    """A bounded queue is full, or a row stays locked, or a place taken, however often it is tried."""


class PoisonError(Exception):
    """A record that can never be folded as it is; the text is a stable cause."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class FencedError(Exception):
    """The stored checkpoint is not the one this process wrote last: another member owns the partition."""


class ForkedError(Exception):
    """The topic has an event of ours that the table does not have there: two pasts were written under one name."""
