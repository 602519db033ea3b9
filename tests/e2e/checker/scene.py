"""A true story to tell lies about: two customers, each with a request and a message, on a log and in tables."""

from __future__ import annotations

import base64
import copy
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.e2e.checker.evidence import Evidence, Position, Stored
from tests.e2e.checker.fold import RECEIVED, SUPPLEMENTED, fold
from tests.e2e.checker.history import History, Said
from tests.e2e.checker.log import Line, ends_of

A, B, C = (f"{'0' * 8}-0000-4000-8000-{letter * 12}" for letter in "abc")
BRAND, TOPIC, PREFIX = "x", "ticket-events.x", "token-1-"
KEY_ID, KEY = "key", AESGCM(bytes(32))
BEGINNING = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
FILE = {"attachment_id": "file", "bytes": 3, "media_type": "text/plain"}


def token(name: str, sequence: int) -> str:
    """What one of the customers wrote."""
    return f"{PREFIX}{name}{sequence}"


def sealed(ticket: str, kind: str, content: str, names: list[str]) -> dict[str, str]:
    """The personal part of an event."""
    bound, nonce = f"{BRAND}\x1f{ticket}\x1f{kind}".encode(), os.urandom(12)
    text = json.dumps({"fields": {"name": "Khách"}, "content": content, "file_names": names}).encode()
    return {"key_id": KEY_ID, "ciphertext": base64.b64encode(nonce + KEY.encrypt(nonce, text, bound)).decode()}


def line(ticket: str, sequence: int, content: str, offset: int, **headers: str) -> Line:
    """A record of the log; a ticket's first message came with a file."""
    kind, names = (RECEIVED, ["tệp.txt"]) if sequence == 1 else (SUPPLEMENTED, [])
    plain: dict[str, Any] = {"channel_kind": "web_form", "attachments": [FILE] * len(names), "message": sequence}
    received = {"number": ticket[-1], "channel": "c", "form": "f", "language": "vi", "policy": "p", "requester_id": "r"}
    data = {**plain, **received, "personal": sealed(ticket, kind, content, names)}
    given = {
        "ce_subject": ticket,
        "ce_source": "/phieu/intake",
        "ce_sequence": str(sequence),
        "ce_id": f"{ticket}-{sequence}",
        "ce_type": kind,
        "ce_time": (BEGINNING + timedelta(seconds=offset)).isoformat(),
        "ce_brand": BRAND,
        "ce_facts": "1",
    }
    return Line(TOPIC, 0, offset, ticket.encode(), json.dumps(data).encode(), given | headers)


def a_true_log() -> list[Line]:
    """Two tickets, each with a message; one record was delivered twice."""
    first, second = line(A, 1, token("a", 1), 0), line(B, 1, token("b", 1), 1)
    third, last = line(A, 2, token("a", 2), 2), line(B, 2, token("b", 2), 4)
    return [first, second, third, third._replace(offset=3), last]


def stored_from(lines: list[Line]) -> Stored:
    """What a true intake has in its own table."""
    return {
        (one.subject, one.place[2]): (one.headers["ce_id"], one.headers["ce_type"], one.value or b"") for one in lines
    }


def a_true_evidence(lines: list[Line] | None = None) -> Evidence:
    """What is found when everything went right with this log."""
    log, keys = lines or a_true_log(), {KEY_ID: KEY}
    ends = ends_of(log)
    return Evidence(
        position=Position(ends=ends, checkpoints=dict(ends)),
        lines=log,
        keys=keys,
        rows=copy.deepcopy(fold(log, keys)),
        stored=stored_from(log),
        ends=ends,
    )


def a_true_history() -> History:
    """What the two customers did."""
    return History(PREFIX, [told(name, ticket, n) for name, ticket in (("a", A), ("b", B)) for n in (1, 2)])


def told(name: str, ticket: str, sequence: int) -> Said:
    """A write that was acknowledged."""
    is_first = sequence == 1
    return Said(
        kind="ticket" if is_first else "message",
        token=token(name, sequence),
        key=f"{name}{sequence}",
        outcome="ok",
        ticket_id=ticket,
        number=ticket[-1] if is_first else "",
        sequence=sequence,
        file="tệp.txt" if is_first else "",
    )
