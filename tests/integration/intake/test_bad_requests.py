"""Bad input at the doors: a clear problem, nothing stored, no file left, no word of it in the log."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from services.runtime.problems import PROBLEMS
from tests.integration.intake.running import FIELDS, Intake
from tests.unit.intake.corpus import noise, office, with_part

WORD = "chuyenriengtu"
GOOD = {"form": "support_form", "fields": FIELDS}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def _nothing_is_said(intake: Intake) -> Iterator[None]:
    """Neither the planted word nor a failure is in what the service said meanwhile."""
    already = len(intake.log)
    yield
    said = intake.log[already:]
    assert WORD not in said
    assert '"level": "ERROR"' not in said


def post(intake: Intake, content: bytes, headers: dict[str, str] | None = None, *, brand: str = "") -> httpx.Response:
    """Send these bytes as a request of the form."""
    whole = {"Idempotency-Key": str(uuid.uuid4()), **JSON, **(headers or {})}
    return intake.http.post(f"/v1/intake/{brand or intake.brand}/tickets", content=content, headers=whole)


def must_be_refused(answer: httpx.Response, slug: str, status: int) -> dict[str, Any]:
    """A problem with this slug; in both languages, and without the planted word."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json()
    assert (problem["type"], answer.status_code) == (f"urn:phieu:problem:{slug}", status)
    assert (problem["status"], problem["title"], problem["vi"]) == (status, PROBLEMS[slug].en, PROBLEMS[slug].vi)
    assert WORD not in answer.text
    return problem


@contextmanager
def answered_within(seconds: float) -> Iterator[float]:
    """What is done meanwhile takes no longer; to be opened last, when what is waited for before is over."""
    began = time.monotonic()
    yield began
    assert time.monotonic() - began < seconds


def good(**changes: Any) -> bytes:
    """The form as it should be, with something changed."""
    return json.dumps(GOOD | changes).encode()


BODIES = {
    "empty": b"",
    "not JSON": WORD.encode(),
    "a list": f'["{WORD}"]'.encode(),
    "a text for the fields": good(fields=WORD),
    "a number for a value": good(fields=FIELDS | {"phone": 84975674781}),
    "an object for a value": good(fields=FIELDS | {"name": {WORD: WORD}}),
    "UTF-16": good(fields=FIELDS | {"name": WORD}).decode().encode("utf-16"),
    "latin-1": b'{"form": "support_form", "fields": {"name": "H\xf2 chuyenriengtu"}}',
    "a lone surrogate": b'{"form": "support_form", "fields": {"name": "\\udcff chuyenriengtu"}}',
    "10,000 fields": good(fields={f"{n}": "" for n in range(10_000)} | {WORD: WORD}),
    "deep": b'{"form":' + b"[" * 100_000,
    "a value that is too long": good(fields=FIELDS | {"content": WORD * 5_000}),
    "a stranger beside the fields": good(x=WORD),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_a_body_that_cannot_be_read_is_refused(intake: Intake, body: bytes) -> None:
    with intake.adding():
        must_be_refused(post(intake, body), "body-not-valid", 400)


def test_a_body_that_is_too_large_is_refused(intake: Intake) -> None:
    with intake.adding():
        must_be_refused(post(intake, good(fields={"content": WORD * 30_000})), "body-too-large", 413)
        without_length = intake.http.post(
            f"/v1/intake/{intake.brand}/tickets",
            content=iter([WORD.encode() * 1000] * 100),
            headers={"Idempotency-Key": str(uuid.uuid4()), **JSON},
        )
        must_be_refused(without_length, "body-too-large", 413)


@pytest.mark.parametrize("kind", ["", "a", "text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_type_of_content_is_refused(intake: Intake, kind: str) -> None:
    with intake.adding():
        must_be_refused(post(intake, good(), {"Content-Type": kind}), "type-not-supported", 415)


@pytest.mark.parametrize("brand", ["nobody", "HOA-HONG", "hoa_hong", "a" * 300, "%00", "%C3%BC", "..", "hoa-hong%20"])
def test_a_brand_that_is_not_there_is_refused(intake: Intake, brand: str) -> None:
    with intake.adding():
        slug = "not-found" if brand == ".." else "unknown-brand"
        must_be_refused(post(intake, good(), brand=brand), slug, 404)


def test_a_form_that_is_not_there_is_refused(intake: Intake) -> None:
    for form in ("nobody", "SUPPORT_FORM", "../support_form", "\0"):
        with intake.adding():
            must_be_refused(post(intake, good(form=form)), "form-unknown", 422)


def test_a_write_needs_a_key(intake: Intake) -> None:
    path = f"/v1/intake/{intake.brand}/tickets"
    with intake.adding():
        must_be_refused(intake.http.post(path, content=good(), headers=JSON), "idempotency-key-missing", 400)
        for garbage in ("", "1", WORD, "g" * 32, "0" * 33, "urn:uuid:"):
            answer = post(intake, good(), {"Idempotency-Key": garbage})
            must_be_refused(answer, "idempotency-key-not-valid", 400)


def test_values_that_the_form_does_not_take_are_refused_and_only_that_is_remembered(intake: Intake) -> None:
    for changes in (
        {"name": "a\0b"},
        {"name": "a\nb"},
        {"email": f"{WORD}@"},
        {"job_title": "x" * 201},
        {WORD[:9]: ""},
        {f"{WORD}@example.vn": ""},
    ):
        with intake.adding(idempotency=1):
            must_be_refused(post(intake, good(fields=FIELDS | changes)), "form-not-valid", 422)


def test_of_two_fields_with_one_name_the_last_counts(intake: Intake) -> None:
    doubled = good().replace(b'"name":', b'"name": "Lan", "name":')
    with intake.adding(events=1, ticket=1, idempotency=1):
        assert post(intake, doubled).status_code == 201


def test_a_method_that_a_path_does_not_take_is_refused(intake: Intake) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = intake.http.request(method, f"/v1/intake/{intake.brand}/tickets")
        must_be_refused(answer, "method-not-allowed", 405)
        assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "path", ["/", "/v1/intake", "/v1/intake/a/b/c", "/v1/intake/tickets/", "//", "/%00", "/v1/../x"]
)
def test_a_path_that_nobody_owns_is_refused(intake: Intake, path: str) -> None:
    must_be_refused(intake.http.post(path, content=good()), "not-found", 404)


# --- files ---


def with_file(intake: Intake, content: bytes, name: str) -> httpx.Response:
    """The form with one file."""
    parts = {"ticket": (None, good(), "application/json"), "file": (name, content, "text/plain")}
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return intake.http.post(f"/v1/intake/{intake.brand}/tickets", files=parts, headers=headers)


FILES = {
    "a zip bomb in a .docx": ("a.docx", with_part("word/media/a.png", bytes(400_000_000)), "file-unsafe"),
    "a program in a .docx": ("a.docx", b"MZ" + noise(4000), "file-not-what-it-says"),
    "a .xlsx in a .docx": ("a.docx", office("xlsx"), "file-not-what-it-says"),
    "a program": ("a.exe", b"MZ", "file-type"),
    "a page in a .txt": ("a.txt", b"\xff\xfe<\0", "file-not-what-it-says"),
    "a .pdf that is none": ("a.pdf", WORD.encode(), "file-not-what-it-says"),
    "macros": ("a.docx", with_part("word/vbaProject.bin"), "file-unsafe"),
    "no name": (" .txt", b"x", "file-type"),
    "two MB": ("a.txt", b"x" * 2_097_152, "file-too-large"),
}


@pytest.mark.parametrize(("name", "content", "slug"), FILES.values(), ids=list(FILES))
def test_a_file_that_is_not_what_it_says_is_refused(intake: Intake, name: str, content: bytes, slug: str) -> None:
    with intake.adding(), answered_within(20):
        problem = must_be_refused(with_file(intake, content, name), slug, 422)
    assert {"vi", "en", "slug", "field"} == set(problem["errors"][0])
    stated = slug in {"file-not-what-it-says", "file-too-large", "file-type"}
    assert problem.get("rule", {}).get("id") == ("S0-20" if stated else None)


def test_a_body_with_more_than_the_forms_take_is_refused_unread(intake: Intake) -> None:
    with intake.adding():
        must_be_refused(with_file(intake, bytes(3 * 1024 * 1024), "a.txt"), "body-too-large", 413)


def test_one_file_more_than_the_form_takes_is_refused(intake: Intake) -> None:
    parts = [("ticket", (None, good(), "application/json")), *[("file", ("a.txt", b"x", "text/plain"))] * 2]
    with intake.adding():
        answer = intake.http.post(
            f"/v1/intake/{intake.brand}/tickets", files=parts, headers={"Idempotency-Key": str(uuid.uuid4())}
        )
        problem = must_be_refused(answer, "file-not-taken", 422)
    assert problem["rule"]["quote"].startswith("Đính kèm tập tin")


BOMBS = {
    "parts": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 40_000,
    "headers": b"--x\r\n" + b"a: b\r\n" * 350_000,
    "a header": b"--x\r\na: " + b"b" * 2_000_000,
    "dashes": b"--x\r\n\r\n" + b"\r\n--" * 500_000,
    "a charset": b'--x\r\nContent-Disposition: form-data; name="ticket"\r\n\r\na-'
    + b"baaa" * 60_000
    + b"\r\n--x--\r\n",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=list(BOMBS))
def test_a_multipart_bomb_is_refused_at_once(intake: Intake, body: bytes) -> None:
    with intake.adding(), answered_within(15):
        answer = post(intake, body, {"Content-Type": "multipart/form-data; boundary=x; charset=punycode"})
        must_be_refused(answer, "body-not-valid", 400)


# --- on the wire ---


def talk(intake: Intake, said: bytes, seconds: float = 20.0) -> bytes:
    """Say these bytes, then nothing; gives what is answered until the other side closes or the answer is whole."""
    url = httpx.URL(intake.stack.url("intake"))
    with socket.create_connection((url.host, url.port or 80), seconds) as line:
        line.sendall(said)
        heard = b""
        while b"}" not in heard and (part := line.recv(65_536)):
            heard += part
    return heard


def head(intake: Intake, *lines: str) -> bytes:
    """The head of a request of the form."""
    first = f"POST /v1/intake/{intake.brand}/tickets HTTP/1.1\r\nHost: a\r\nIdempotency-Key: {uuid.uuid4()}\r\n"
    return (first + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode()


def test_a_body_that_never_ends_is_given_up_after_ten_seconds(intake: Intake) -> None:
    with intake.adding(), answered_within(30) as began:
        heard = talk(intake, head(intake, "Content-Type: application/json", "Content-Length: 100") + b'{"form": ', 40)
        assert time.monotonic() - began > 9
    assert b"408" in heard.splitlines()[0]
    assert b"urn:phieu:problem:body-too-slow" in heard


def test_a_sender_who_hangs_up_leaves_nothing(intake: Intake) -> None:
    url = httpx.URL(intake.stack.url("intake"))
    with intake.adding():
        with socket.create_connection((url.host, url.port or 80), 5) as line:
            line.sendall(head(intake, "Content-Type: application/json", f"Content-Length: {len(good()) + 1}") + good())
        time.sleep(0.5)


def test_a_huge_head_is_answered_like_any_other(intake: Intake) -> None:
    heard = talk(intake, head(intake, f"X: {WORD * 20_000}", "Content-Length: 0"))
    assert b"urn:phieu:problem:type-not-supported" in heard


def test_what_is_no_http_is_refused(intake: Intake) -> None:
    for said in (WORD.encode() + b"\r\n\r\n", b"\x16\x03\x01\0\0", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
        assert b" 400 " in talk(intake, said).splitlines()[0]
