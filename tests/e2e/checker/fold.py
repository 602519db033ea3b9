"""A fold of the raw log that shares no line with the product's: plain dicts, and AES-GCM opened by hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.e2e.checker.log import Line

Tickets = dict[str, dict[str, Any]]
Keys = Mapping[str, AESGCM | None]


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
    """What the log says of every ticket whose events follow each other from 1."""
    tickets: Tickets = {}
    for place, line in sorted(effective(lines).items(), key=lambda item: item[0]):
        subject, _, sequence = place
        ticket = tickets.setdefault(subject, {"sequence": 0, "messages": {}, "erased": False})
        if sequence == ticket["sequence"] + 1:
            ticket["sequence"] = sequence
            _apply(ticket, line, keys)
    return {
        ticket_id: {**ticket, "messages": {} if ticket["erased"] else ticket["messages"]}
        for ticket_id, ticket in tickets.items()
        if ticket["sequence"]
    }


def _apply(ticket: dict[str, Any], line: Line, keys: Keys) -> None:
    data = json.loads(line.value or b"{}")
    kind = line.headers["ce_type"]
    if kind == "phieu.ticket.received.v1":
        ticket |= {"number": data["number"], "brand": line.headers["ce_brand"]}
        ticket["messages"][1] = _content(line, data, keys)
    elif kind == "phieu.ticket.supplemented.v1":
        ticket["messages"][data["message"]] = _content(line, data, keys)
    elif kind == "phieu.ticket.erased.v1":
        ticket["erased"] = True


def _content(line: Line, data: dict[str, Any], keys: Keys) -> str | None:
    key = keys[data["personal"]["key_id"]]
    if key is None:
        return None
    sealed = base64.b64decode(data["personal"]["ciphertext"])
    bound = "\x1f".join((line.headers["ce_brand"], line.subject, line.headers["ce_type"])).encode()
    return str(json.loads(key.decrypt(sealed[:12], sealed[12:], bound))["content"])
