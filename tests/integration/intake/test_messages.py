"""A further message joins its ticket: from whoever has the link, or from a program of the brand."""

from __future__ import annotations

import base64
import json
import uuid

import httpx
import pytest

from phieu_schemas.ticket import Supplemented
from tests.integration.intake.declared import ApiKey
from tests.integration.intake.running import Intake

TEXT = "Nhật ký lỗi: máy chủ từ chối.\n".encode()


def token(ticket: dict[str, str]) -> str:
    """What the link carries."""
    return ticket["link"].rpartition("/")[2]


def write_with_file(
    intake: Intake, ticket: dict[str, str], content: bytes, name: str, text: str = ""
) -> httpx.Response:
    """A message with a file."""
    return intake.http.post(
        f"/v1/intake/tickets/{ticket['ticket_id']}/messages",
        files={"message": (None, json.dumps({"content": text}), "application/json"), "file": (name, content)},
        headers=intake.headers(bearer=token(ticket)),
    )


def slug_of(answer: httpx.Response) -> str:
    """Which refusal this is."""
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"]).rpartition(":")[2]


def test_a_message_joins_its_ticket(intake: Intake) -> None:
    ticket = intake.sent()
    answer = intake.write(ticket["ticket_id"], token(ticket))
    assert (answer.status_code, answer.json()["message"]) == (201, 2)
    assert answer.json()["read_token"] == f"intake/2/{ticket['ticket_id']}"


def test_a_message_is_on_the_log_after_its_request(intake: Intake) -> None:
    ticket = intake.sent()
    intake.write(ticket["ticket_id"], intake.key.text)
    wanted = (ticket["ticket_id"], 2)
    events = intake.published(
        until=lambda found: wanted in [(one.envelope.subject, one.envelope.sequence) for one in found]
    )
    facts = [one.fact for one in events if one.envelope.subject == ticket["ticket_id"]]
    assert isinstance(facts[1], Supplemented)
    assert (facts[1].message, facts[1].channel_kind) == (2, "api")


def test_the_same_message_twice_is_one(intake: Intake) -> None:
    ticket, key = intake.sent(), uuid.uuid4()
    with intake.adding(events=1, idempotency=1):
        first, again = (intake.write(ticket["ticket_id"], token(ticket), key=key) for _ in range(2))
    assert first.content == again.content
    other = intake.write(ticket["ticket_id"], token(ticket), "Khác.", key=key)
    assert slug_of(other) == "idempotency-key-reused"


def test_a_message_with_a_file_keeps_it_sealed(intake: Intake) -> None:
    ticket = intake.sent()
    answer = write_with_file(intake, ticket, TEXT, "nhật ký.txt")
    assert answer.status_code == 201, answer.text
    (stored,) = intake.objects(ticket["ticket_id"])
    assert TEXT not in stored.read_bytes()
    assert "nhật" not in str(stored)


def test_a_file_sent_twice_lies_there_once(intake: Intake) -> None:
    ticket, key = intake.sent(), uuid.uuid4()
    body = {"message": (None, b"{}", "application/json"), "file": ("a.txt", TEXT, "text/plain")}
    path, headers = f"/v1/intake/tickets/{ticket['ticket_id']}/messages", intake.headers(key, token(ticket))
    with intake.adding(events=1, idempotency=1, objects=1):
        first, again = (intake.http.post(path, files=body, headers=headers) for _ in range(2))
    assert (first.status_code, first.content) == (201, again.content)


@pytest.mark.parametrize(
    ("name", "content", "slug"),
    [
        ("a.exe", b"MZ", "file-type"),
        ("a.pdf", TEXT, "file-not-what-it-says"),
        ("a.txt", b"", "file-empty"),
        ("a.txt", b"x" * 2 * 1024 * 1024, "file-too-large"),
        ("a\u202etxt.txt", TEXT, "file-name"),
    ],
)
def test_a_file_that_is_not_taken_leaves_nothing(intake: Intake, name: str, content: bytes, slug: str) -> None:
    ticket = intake.sent()
    with intake.adding():
        answer = write_with_file(intake, ticket, content, name)
    assert (answer.status_code, slug_of(answer)) == (422, slug)
    assert answer.json()["errors"][0]["field"] == "file"
    assert ("rule" in answer.json()) == (slug in {"file-type", "file-not-what-it-says", "file-too-large"})


def test_a_link_opens_its_ticket_and_no_other(intake: Intake) -> None:
    mine, other = intake.sent(), intake.sent()
    with intake.adding():
        answer = intake.write(other["ticket_id"], token(mine))
    assert (answer.status_code, slug_of(answer)) == (401, "link-not-valid")


def forged(ticket: dict[str, str], other: dict[str, str]) -> list[str]:
    """Tokens that look like links."""
    raw, wrong = (base64.urlsafe_b64decode(token(one) + "=") for one in (ticket, other))
    made_up = [raw[:16] + wrong[16:], raw[:16] + bytes(16), raw[:-1], raw + b"\0", b"", raw[:-1] + bytes([raw[-1] ^ 1])]
    return [*(base64.urlsafe_b64encode(one).decode().rstrip("=") or "x" for one in made_up), token(ticket) + "=", "ü"]


def test_a_link_cannot_be_made_up(intake: Intake) -> None:
    ticket = intake.sent()
    for made_up in forged(ticket, intake.sent()):
        answer = intake.write(ticket["ticket_id"], made_up)
        assert (answer.status_code, slug_of(answer)) == (401, "link-not-valid"), made_up


def test_a_ticket_that_nobody_has_is_not_found(intake: Intake) -> None:
    for unknown in (str(uuid.uuid4()), "1", "a" * 36, "%C3%BC"):
        answer = intake.write(unknown, intake.key.text)
        assert (answer.status_code, slug_of(answer)) == (404, "ticket-not-found")


def test_a_ticket_of_another_brand_is_not_found(intake: Intake, other_key: ApiKey) -> None:
    ticket = intake.sent()
    with intake.adding():
        answer = intake.write(ticket["ticket_id"], other_key.text)
    assert (answer.status_code, slug_of(answer)) == (404, "ticket-not-found")


def test_a_message_needs_somebody_who_may(intake: Intake) -> None:
    ticket = intake.sent()
    answer = intake.http.post(
        f"/v1/intake/tickets/{ticket['ticket_id']}/messages", json={"content": "x"}, headers=intake.headers()
    )
    assert (answer.status_code, slug_of(answer)) == (401, "not-authenticated")


@pytest.mark.parametrize(
    ("content", "slug"),
    [("", "required"), (" \u200b\n", "required"), ("a\0b", "characters"), ("x" * 20_001, "too-long")],
)
def test_a_message_that_says_nothing_or_too_much_is_refused(intake: Intake, content: str, slug: str) -> None:
    ticket = intake.sent()
    with intake.adding(idempotency=1):
        answer = intake.write(ticket["ticket_id"], token(ticket), content)
    assert (answer.status_code, slug_of(answer)) == (422, "message-not-valid")
    assert [one["slug"] for one in answer.json()["errors"]] == [slug]
