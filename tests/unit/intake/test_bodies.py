"""What a body says, and what is said of one that cannot be read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.requests import Request

from services.intake.adapters.bodies import MAX_FIELDS, MAX_JSON_BYTES, MessageBody, TicketBody, Upload, read_body
from services.runtime.errors import Refused

JSON = {"form": "request", "fields": {"name": "Hoa"}}
BOUNDARY = "xYz"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
WORD = "chuyenriengtu"
ROOM = 1 << 20


def request(body: bytes, content_type: str, *, chunk: int = 1 << 20) -> Request:
    """A request whose body arrives in chunks."""
    chunks = [body[at : at + chunk] for at in range(0, len(body), chunk)] or [b""]
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": one, "more_body": True} for one in chunks]
    messages[-1]["more_body"] = False
    waiting = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(waiting)

    return Request({"type": "http", "method": "POST", "headers": [(b"content-type", content_type.encode())]}, receive)


def part(name: str, content: str | bytes, *, file: str | None = None) -> bytes:
    """One part of a multipart body."""
    filename = f'; filename="{file}"' if file is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'
    return head.encode() + (content.encode() if isinstance(content, str) else content) + b"\r\n"


def multipart(*parts: bytes) -> bytes:
    """A whole multipart body."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


async def refusal_of(body: bytes, content_type: str = "application/json") -> Refused:
    with pytest.raises(Refused) as caught:
        await read_body(request(body, content_type), TicketBody, "ticket", room=ROOM)
    return caught.value


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
async def test_json_is_read(kind: str) -> None:
    body, uploads = await read_body(request(json.dumps(JSON).encode(), kind), TicketBody, "ticket", room=ROOM)
    assert (body.form, body.fields, body.language, uploads) == ("request", {"name": "Hoa"}, "vi", ())


@pytest.mark.parametrize("file", [None, "ticket.json"])
async def test_multipart_is_json_beside_files(file: str | None) -> None:
    sent = multipart(part("ticket", json.dumps(JSON), file=file), part("file", b"%PDF-", file="Đơn.pdf"))
    body, uploads = await read_body(request(sent, MULTIPART, chunk=7), TicketBody, "ticket", room=ROOM)
    assert (body.fields, uploads) == ({"name": "Hoa"}, (Upload("Đơn.pdf", b"%PDF-"),))


async def test_a_file_field_left_empty_is_no_file() -> None:
    sent = multipart(part("ticket", json.dumps(JSON)), part("file", b"", file=""))
    assert (await read_body(request(sent, MULTIPART), TicketBody, "ticket", room=ROOM))[1] == ()


async def test_an_empty_file_with_a_name_is_a_file() -> None:
    sent = multipart(part("ticket", json.dumps(JSON)), part("file", b"", file="a.txt"))
    assert (await read_body(request(sent, MULTIPART), TicketBody, "ticket", room=ROOM))[1] == (Upload("a.txt", b""),)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"])
async def test_other_types_of_content_are_not_supported(kind: str) -> None:
    assert (await refusal_of(b"{}", kind)).slug == "type-not-supported"


WRONG = {
    "empty": b"",
    "not json": b"{",
    "null": b"null",
    "a list": b"[]",
    "a number for a text": json.dumps({"form": 1, "fields": {}}).encode(),
    "a list for a value": json.dumps({"form": "request", "fields": {"name": ["Hoa"]}}).encode(),
    "a number for a value": json.dumps({"form": "request", "fields": {"phone": 84975674781}}).encode(),
    "a member nobody knows": json.dumps({**JSON, WORD: 1}).encode(),
    "a language nobody speaks": json.dumps({**JSON, "language": WORD}).encode(),
    "too many fields": json.dumps({"form": "request", "fields": {f"f{n}": "" for n in range(MAX_FIELDS + 1)}}).encode(),
    "a name that is too long": json.dumps({"form": "request", "fields": {WORD * 20: ""}}).encode(),
    "a value that is too long": json.dumps({"form": "request", "fields": {"content": WORD * 4000}}).encode(),
    "a lone surrogate": b'{"form": "request", "fields": {"name": "\\ud83d"}}',
    "UTF-16": json.dumps(JSON).encode("utf-16"),
    "latin-1": json.dumps({"form": "request", "fields": {"name": "Hò"}}, ensure_ascii=False).encode("latin-1"),
    "a deep list": b"[" * 100_000,
    "a deep value": b'{"form": "request", "fields": {"name": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
    "not a number": b'{"form": NaN}',
}


@pytest.mark.parametrize("body", WRONG.values(), ids=list(WRONG))
async def test_a_body_that_is_not_what_it_should_be_is_refused_without_quoting_it(body: bytes) -> None:
    refused = await refusal_of(body)
    assert (refused.slug, 1 <= len(refused.errors) <= 10) == ("body-not-valid", True)
    assert all(WORD not in f"{one.vi}{one.en}{one.slug}" for one in refused.errors)


@pytest.mark.parametrize("body", WRONG.values(), ids=list(WRONG))
async def test_the_same_in_a_part_is_refused_too(body: bytes) -> None:
    assert (await refusal_of(multipart(part("ticket", body, file="t")), MULTIPART)).slug == "body-not-valid"


BROKEN = {
    "empty": b"",
    "no boundary in it": b"hello",
    "no end": part("ticket", json.dumps(JSON)),
    "no ticket": multipart(part("file", b"x", file="a.txt")),
    "two tickets": multipart(part("ticket", json.dumps(JSON)), part("ticket", json.dumps(JSON), file="t")),
    "two texts": multipart(*[part("ticket", json.dumps(JSON))] * 2),
    "seven files": multipart(part("ticket", json.dumps(JSON)), *[part("file", b"x", file="a.txt")] * 7),
    "a text where a file belongs": multipart(part("ticket", json.dumps(JSON)), part("file", "x")),
    "a file under another name": multipart(part("ticket", json.dumps(JSON)), part("document", b"x", file="a.txt")),
    "a file cut off": part("ticket", json.dumps(JSON)) + part("file", b"a long text", file="a.txt")[:-5],
    "no end after a file": part("ticket", json.dumps(JSON)) + part("file", b"a long text", file="a.txt"),
    "a part without a name": b"--xYz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xYz--\r\n",
    "a part without headers": b"--xYz\r\n\r\nx\r\n--xYz--\r\n",
    "a text that is too long": multipart(part("ticket", "x" * (MAX_JSON_BYTES + 1))),
    "a header that is not text": b"--xYz\r\n\xff: \xff\r\n\r\nx\r\n--xYz--\r\n",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=list(BROKEN))
async def test_a_multipart_body_that_is_broken_is_refused(body: bytes) -> None:
    assert (await refusal_of(body, MULTIPART)).slug == "body-not-valid"


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; =", f"{MULTIPART[:-3]}{71 * 'x'}"],
)
async def test_multipart_without_a_boundary_is_refused(kind: str) -> None:
    assert (await refusal_of(multipart(part("ticket", json.dumps(JSON))), kind)).slug == "body-not-valid"


async def test_a_charset_is_not_believed() -> None:
    sent = multipart(part("ticket", json.dumps(JSON, ensure_ascii=False)))
    body, _ = await read_body(request(sent, f"{MULTIPART}; charset=punycode"), TicketBody, "ticket", room=ROOM)
    assert body.fields == {"name": "Hoa"}


async def test_a_boundary_may_stand_in_quotes() -> None:
    sent = multipart(part("ticket", json.dumps(JSON))).replace(BOUNDARY.encode(), b"a b:c")
    body, _ = await read_body(request(sent, 'multipart/form-data; boundary="a b:c"'), TicketBody, "ticket", room=ROOM)
    assert body.fields == {"name": "Hoa"}


async def test_a_body_that_is_too_large_is_refused() -> None:
    assert (await refusal_of(b" " * (MAX_JSON_BYTES + 1))).slug == "body-too-large"


async def test_files_have_the_room_that_the_brand_gives_them_and_no_more() -> None:
    sent = multipart(part("ticket", json.dumps(JSON)), part("file", bytes(MAX_JSON_BYTES + 10), file="a.txt"))
    assert (await read_body(request(sent, MULTIPART), TicketBody, "ticket", room=1000))[1]
    with pytest.raises(Refused) as caught:
        await read_body(request(sent, MULTIPART), TicketBody, "ticket", room=0)
    assert caught.value.slug == "body-too-large"


async def test_a_message_needs_nothing_to_be_read() -> None:
    body, _ = await read_body(request(b"{}", "application/json"), MessageBody, "message", room=ROOM)
    assert (body.content, body.intent) == ("", "message")
