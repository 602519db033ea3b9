"""What the registry answers: whether something new is so of a brand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from phieu_schemas.brand import ApiKeyIssued, ApiKeyRevoked, PolicyActivated
from phieu_schemas.fact import Fact
from services.registry.commands import ActivatePolicy, Command, IssueApiKey, RevokeApiKey
from services.registry.state import Brand, Key
from services.runtime.errors import FieldError, Refused

SCOPES = ("tickets:erase", "tickets:read", "tickets:write")


def decide(brand: Brand, command: Command) -> tuple[Fact, ...]:
    """The facts that follow from the command, none where it is so already; raises Refused."""
    match command:
        case ActivatePolicy():
            return activate(brand, command)
        case IssueApiKey():
            return issue(brand, command)
        case RevokeApiKey():
            return revoke(brand, command)
        case _:
            assert_never(command)


def activate(brand: Brand, command: ActivatePolicy) -> tuple[Fact, ...]:
    """A policy comes into force when it is another than the one that is; a version stands for one text for ever."""
    if brand.hash == command.hash:
        return ()
    known = brand.versions.get(command.version, command.hash)
    if known != command.hash:
        text = (
            f"version.id: “{command.version}” was published as {known}, this text is {command.hash}: give it a new id"
        )
        raise Refused("idempotency-key-reused", text)
    return (
        PolicyActivated(
            version=command.version,
            format=command.format,
            hash=command.hash,
            content=dict(command.content),
            known_from=command.at,
        ),
    )


def issue(brand: Brand, command: IssueApiKey) -> tuple[Fact, ...]:
    """A key is issued once, to a brand that is known, for what keys can be good for; its id stands for it for ever."""
    if not brand.version:
        raise Refused("unknown-brand")
    scopes = tuple(sorted(set(command.scopes)))
    known = brand.keys.get(command.key_id)
    if known == Key(name=command.name, scopes=scopes, expires_at=command.expires_at):
        return ()
    if known is not None:
        raise Refused("idempotency-key-reused", REVOKED if known.is_revoked else "")
    if errors := tuple(_faults(command)):
        raise Refused("key-not-issuable", errors=errors)
    return (
        ApiKeyIssued(
            key_id=command.key_id,
            hash=command.hash,
            name=command.name,
            scopes=scopes,
            expires_at=command.expires_at,
            known_from=command.at,
        ),
    )


def revoke(brand: Brand, command: RevokeApiKey) -> tuple[Fact, ...]:
    """A key of the brand is revoked once."""
    key = brand.keys.get(command.key_id)
    if key is None:
        raise Refused("api-key-not-found")
    return () if key.is_revoked else (ApiKeyRevoked(key_id=command.key_id, known_from=command.at),)


REVOKED = "The key that was issued under this Idempotency-Key has been revoked; ask for another under a fresh one."
NO_SCOPE = FieldError(field="scopes", slug="required", vi="Cần ít nhất một quyền.", en="Name at least one scope.")
UNKNOWN_SCOPE = FieldError(
    field="scopes",
    slug="unknown",
    vi=f"Các quyền hiện có: {', '.join(SCOPES)}.",
    en=f"The scopes there are: {', '.join(SCOPES)}.",
)
PAST = FieldError(
    field="expires_at", slug="past", vi="Thời điểm hết hạn đã qua.", en="The time of expiry has passed already."
)


def _faults(command: IssueApiKey) -> Iterator[FieldError]:
    if not command.scopes:
        yield NO_SCOPE
    if not set(command.scopes) <= set(SCOPES):
        yield UNKNOWN_SCOPE
    if command.expires_at is not None and command.expires_at <= command.at:
        yield PAST
