"""Made-up events for tests, ours and subscribers': builders, and the published examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from phieu_schemas.brand import ApiKeyIssued, ApiKeyRevoked, PolicyActivated, content_hash
from phieu_schemas.codec import Record, Recorded
from phieu_schemas.envelope import Envelope
from phieu_schemas.fact import Fact
from phieu_schemas.ticket import Erased, Received, Supplemented
from phieu_schemas.topics import topic_of
from phieu_schemas.types import Attachment, Sealed

EXAMPLES = Path(__file__).parent / "examples"
BRAND = "congsoxanh"
TICKET = "0b0c5a52-3a3e-4d0f-9a55-6c6f1f0a7a01"
NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
SEALED = Sealed(key_id=UUID("6d0b6ad6-90b0-4f0e-8a51-5f2f7d3f0c11"), ciphertext="bWFkZSB1cCwgb3BlbnMgd2l0aCBubyBrZXk=")
SCAN = Attachment(
    attachment_id=UUID("c2c9b6c4-22a2-4a9b-8f2b-9a0e6f6d5b21"), bytes=48_213, media_type="application/pdf"
)


@dataclass(frozen=True, slots=True)
class Example:
    """A published example: a record as it stands in the log."""

    wire_type: str
    record: Record


def iter_examples() -> Iterator[Example]:
    """One example per event type and version, each a whole record."""
    for path in sorted(EXAMPLES.glob("*.json")):
        example = json.loads(path.read_text("utf-8"))
        yield Example(path.stem, _record(example))


def _record(example: dict[str, Any]) -> Record:
    value = json.dumps(example["data"], ensure_ascii=False, separators=(",", ":"))
    headers = [(name, text.encode()) for name, text in example["headers"].items()]
    return Record(example["key"].encode(), value.encode(), headers)


def recorded(fact: Fact, *, subject: str, sequence: int, brand: str = BRAND, **envelope: Any) -> Recorded:
    """A fact as it would stand in the log; a minute passes with each sequence."""
    owner = topic_of(fact.wire_type).owner(fact.wire_type)
    parts: dict[str, Any] = {
        "id": uuid5(NAMESPACE_URL, f"{owner}/{subject}/{sequence}"),
        "source": f"/phieu/{owner}",
        "type": fact.wire_type,
        "time": NOON + timedelta(minutes=sequence - 1),
        "facts": 1,
    }
    return Recorded(
        Envelope(subject=subject, sequence=sequence, brand=brand, **(parts | envelope)),
        fact,
    )


def received(ticket_id: str = TICKET, *, brand: str = BRAND, at: datetime = NOON, **members: Any) -> Recorded:
    """A request came in by the form."""
    fact: dict[str, Any] = {
        "number": "4821093753",
        "channel": "support_centre",
        "channel_kind": "web_form",
        "form": "support_form",
        "policy": "congsoxanh-1",
        "language": "vi",
        "requester_id": UUID("e5d0a0e8-0b64-4b8e-9f0c-7a3f5b0d2c31"),
        "personal": SEALED,
    }
    return recorded(Received(**(fact | members)), subject=ticket_id, sequence=1, brand=brand, time=at)


def supplemented(ticket_id: str = TICKET, *, sequence: int = 2, brand: str = BRAND, **members: Any) -> Recorded:
    """The customer wrote again; the message's number is the sequence, as long as nothing else happened."""
    fact: dict[str, Any] = {"message": sequence, "channel_kind": "web_form", "personal": SEALED}
    return recorded(Supplemented(**(fact | members)), subject=ticket_id, sequence=sequence, brand=brand)


def erased(ticket_id: str = TICKET, *, sequence: int = 2, brand: str = BRAND, reason: str = "requested") -> Recorded:
    """The ticket's personal data was erased."""
    return recorded(Erased(reason=reason), subject=ticket_id, sequence=sequence, brand=brand)


def policy_activated(brand: str = BRAND, *, sequence: int = 1, **members: Any) -> Recorded:
    """A policy version came into force."""
    content = {"brand": {"name": brand.upper()}, "version": {"id": f"{brand}-1"}} | members.pop("content", {})
    fact: dict[str, Any] = {
        "version": f"{brand}-1",
        "format": "support-policy/1",
        "hash": content_hash(content),
        "content": content,
        "known_from": NOON,
    }
    return recorded(PolicyActivated(**(fact | members)), subject=brand, sequence=sequence, brand=brand)


def api_key_issued(brand: str = BRAND, *, sequence: int = 2, **members: Any) -> Recorded:
    """A program was given a key."""
    fact: dict[str, Any] = {
        "key_id": "k4mzt2wqh7ab",
        "hash": "9f" * 32,
        "name": "billing",
        "scopes": ("tickets:write", "tickets:read"),
        "known_from": NOON,
    }
    return recorded(ApiKeyIssued(**(fact | members)), subject=brand, sequence=sequence, brand=brand)


def api_key_revoked(brand: str = BRAND, *, sequence: int = 3, key_id: str = "k4mzt2wqh7ab") -> Recorded:
    """A key was taken back."""
    fact = ApiKeyRevoked(key_id=key_id, known_from=NOON)
    return recorded(fact, subject=brand, sequence=sequence, brand=brand)


def again(event: Recorded, **envelope: Any) -> Recorded:
    """The same fact under another envelope."""
    return Recorded(replace(event.envelope, **envelope), event.fact)
