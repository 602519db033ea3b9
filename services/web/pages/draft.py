"""What a person has typed but not yet seen accepted: kept over every failure, under one key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.runtime.ids import new_id
from services.web.pages.incoming import Posted

MAX_SENT = 3
PREFIX = "field."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A content that was sent under the draft's key, with unknown outcome."""

    values: Mapping[str, str]
    file: bool = False


@dataclass(slots=True, kw_only=True)
class Draft:
    """A form being filled in. Its key is replaced when an outcome is certain, and kept while it is not."""

    key: str = field(default_factory=lambda: str(new_id()))
    values: dict[str, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    anyway: bool = False

    def attempted(self, *, file: bool) -> None:
        """Remember that this content may have arrived under this key."""
        attempt = Sent(values=dict(self.values), file=file)
        self.sent = [*(one for one in self.sent if one != attempt), attempt][-MAX_SENT:]

    def renewed(self) -> None:
        """Start over with a new key: nothing is open under the old one."""
        self.key, self.sent = str(new_id()), []

    @property
    def sent_text(self) -> str:
        """The attempts, as the page carries them to the next try."""
        return json.dumps([{"values": one.values, "file": one.file} for one in self.sent], ensure_ascii=False)


def draft_of(posted: Posted) -> Draft:
    """The draft that a posted form carries; a key that is none is replaced."""
    values = {
        name.removeprefix(PREFIX): value
        for name, value in posted.fields.items()
        if name.startswith(PREFIX) and value.strip()
    }
    draft = Draft(values=values, anyway=posted.text("anyway") == "1")
    if key := _uuid(posted.text("key")):
        draft.key, draft.sent = key, _sent(posted.text("sent"))
    return draft


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _sent(text: str) -> list[Sent]:
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    entries = found[-MAX_SENT:] if isinstance(found, list) else []
    return [one for entry in entries if (one := _attempt(entry))]


def _attempt(entry: object) -> Sent | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("values"), dict):
        return None
    values: dict[object, object] = entry["values"]
    kept = {name: value for name, value in values.items() if isinstance(name, str) and isinstance(value, str)}
    return Sent(values=kept, file=entry.get("file") is True)
