"""A request that is traced leaves its spans in every process that it passes through, under one trace."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
import uuid

import httpx

from infra.local.stack import Stack
from tests.e2e.faults.customers import FIELDS

SPANS = {"gateway": "web", "submit": "intake", "publish": "intake", "fold": "query"}


def traced(platform: Stack) -> str:
    """What every process has left of its spans, one line each."""
    files = (platform.folder.path / "traces").glob("*.jsonl")
    return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)


def spans_of(platform: Stack, trace_id: str) -> dict[str, str]:
    """Span names of a trace, with the service that each belongs to; a line torn by a sudden end is passed over."""
    found: dict[str, str] = {}
    for line in traced(platform).splitlines():
        if trace_id in line:
            with contextlib.suppress(json.JSONDecodeError):
                span = json.loads(line)
                found[span["name"]] = span["resource"]["attributes"]["service.name"]
    return found


def test_a_request_is_followed_through_the_log_into_the_projection(platform: Stack) -> None:
    trace_id = secrets.token_hex(16)
    headers = {"Idempotency-Key": str(uuid.uuid4()), "traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
    body = {"form": "support_form", "fields": {**FIELDS, "content": "bí mật của khách"}}
    answer = httpx.post(f"{platform.public_url}/v1/intake/congsoxanh/tickets", json=body, headers=headers, timeout=20)
    assert answer.status_code == 201
    deadline = time.monotonic() + 20
    while spans_of(platform, trace_id) != SPANS and time.monotonic() < deadline:
        time.sleep(0.5)
    assert spans_of(platform, trace_id) == SPANS
    assert "bí mật" not in traced(platform)
