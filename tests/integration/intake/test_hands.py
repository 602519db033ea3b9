"""The door holds so many bytes of bodies at once, and says so to whoever comes on top."""

from __future__ import annotations

import uuid

import httpx

from tests.integration.intake.running import FIELDS, Intake


def test_past_the_bound_a_body_is_told_to_come_again(intake: Intake) -> None:
    narrow = intake.stack.service("intake", {"INTAKE_BODY_BYTES": "1000"})
    narrow.start()
    try:
        answers = [send(narrow.url, intake.brand, content) for content in ("Ngắn.", "Dài. " * 300, "Ngắn.")]
    finally:
        narrow.stop()
    assert [answer.status_code for answer in answers] == [201, 503, 201]
    assert answers[1].json()["type"] == "urn:phieu:problem:busy"
    assert int(answers[1].headers["retry-after"]) > 0


def send(url: str, brand: str, content: str) -> httpx.Response:
    """The form, at this door."""
    body = {"form": "support_form", "fields": FIELDS | {"content": content}}
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return httpx.post(f"{url}/v1/intake/{brand}/tickets", json=body, headers=headers, timeout=40.0)
