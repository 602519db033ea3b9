"""A fold of the raw log that shares no line with the product's: plain dicts, and AES-GCM opened by hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.e2e.checker.log import Line

Ticket = dict[str, Any]
Tickets = dict[str, Ticket]
Keys = Mapping[str, AESGCM | None]

RECEIVED, SUPPLEMENTED, ERASED = (f"phieu.ticket.{name}.v1" for name in ("received", "supplemented", "erased"))
PLAIN = ("number", "channel", "channel_kind", "form", "language", "policy", "requester_id")


def keys_of(dsn: str, master_key_file: Path) -> dict[str, AESGCM | None]:
    """Every key of the store; None for one that was deleted."""
    master = AESGCM(bytes.fromhex(master_key_file.read_text().strip()))
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT key_id::text, wrapped FROM keys.key").fetchall()
    return {
        key_id: AESGCM(master.decrypt(wrapped[:12], wrapped[12:], key_id.encode())) if wrapped else None
        for key_id, wrapped in rows
    }


def effective(lines: Iterable[Line]) -> dict[tuple[str, str, int], Line]:
    """The first record of each (subject, source, sequence)."""
    found: dict[tuple[str, str, int], Line] = {}
    for line in lines:
        found.setdefault(line.place, line)
    return found


def fold(lines: Iterable[Line], keys: Keys) -> Tickets:
    """What the log says of every ticket; of each source the events that follow each other from 1."""
    tickets: Tickets = {}
    for (subject, source, sequence), line in sorted(effective(lines).items(), key=lambda item: item[0]):
        ticket = tickets.setdefault(subject, _nothing())
        name = source.rsplit("/", 1)[-1]
        if sequence == ticket["sequences"].get(name, 0) + 1:
            ticket["sequences"][name] = sequence
            _apply(ticket, name, line, keys)
    return {name: _without_erased(ticket) for name, ticket in tickets.items() if ticket["number"]}


def _nothing() -> Ticket:
    plain = dict.fromkeys((*PLAIN, "brand", "received_at", "last_activity_at", "fields"))
    return {**plain, "sequences": {}, "erased": False, "messages": {}, "timeline": []}


def _apply(ticket: Ticket, source: str, line: Line, keys: Keys) -> None:
    kind, at = line.headers["ce_type"], datetime.fromisoformat(line.headers["ce_time"])
    if kind not in {RECEIVED, SUPPLEMENTED, ERASED}:
        return
    data = json.loads(line.value or b"{}")
    ticket["last_activity_at"] = max(ticket["last_activity_at"] or at, at)
    number = {RECEIVED: 1, SUPPLEMENTED: data.get("message")}.get(kind)
    sequence, facts = int(line.headers["ce_sequence"]), int(line.headers["ce_facts"])
    ticket["timeline"].append((source, sequence, kind, at, facts, number))
    if kind == ERASED:
        ticket["erased"] = True
        return
    said = _opened(line, data, keys)
    ticket["erased"] |= said is None
    if kind == RECEIVED:
        ticket |= {name: data.get(name) for name in PLAIN}
        ticket |= {"brand": line.headers["ce_brand"], "received_at": at, "fields": (said or {}).get("fields")}
    ticket["messages"][number] = _message(sequence, at, data, said or {})


def _message(sequence: int, at: datetime, data: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    files = data.get("attachments", [])
    names = [*said.get("file_names", []), *[""] * len(files)]
    return {
        "sequence": sequence,
        "at": at,
        "intent": data.get("intent", "message"),
        "channel_kind": data["channel_kind"],
        "content": said.get("content"),
        "files": [
            (file["attachment_id"], file["bytes"], file["media_type"], name)
            for file, name in zip(files, names, strict=False)
        ],
    }


def _without_erased(ticket: Ticket) -> Ticket:
    """Of an erased ticket nothing is left that a person wrote."""
    if ticket["erased"]:
        ticket["fields"] = None
        for message in ticket["messages"].values():
            message["content"] = None
            message["files"] = [(*file[:3], None) for file in message["files"]]
    return ticket


def _opened(line: Line, data: Mapping[str, Any], keys: Keys) -> dict[str, Any] | None:
    """The personal part; None where its key was deleted."""
    key = keys[data["personal"]["key_id"]]
    if key is None:
        return None
    sealed = base64.b64decode(data["personal"]["ciphertext"])
    bound = "\x1f".join((line.headers["ce_brand"], line.subject, line.headers["ce_type"])).encode()
    opened: dict[str, Any] = json.loads(key.decrypt(sealed[:12], sealed[12:], bound))
    return opened
