"""The API on the public port: passed on unchanged to its owner, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.component.web.owners import FORM, Owners
from tests.component.web.running import web_served
from tests.component.web.visitor import Visitor


async def chunks(size: int, count: int) -> AsyncIterator[bytes]:
    """A body of unannounced length."""
    for _ in range(count):
        yield b"x" * size


async def test_a_request_and_its_answer_pass_unchanged(visitor: Visitor, owners: Owners) -> None:
    body = bytes(range(256)) * 2000
    headers = {"Content-Type": "application/x-anything", "Idempotency-Key": "k", "Authorization": "Bearer t"}
    answer = await visitor.client.post("/v1/intake/echo?a=%2Fb&c", content=body, headers=headers)
    assert (answer.status_code, answer.content) == (207, body)
    assert answer.headers["x-query"] == "a=%2Fb&c"
    assert owners.seen[-1].items() >= {name.lower(): value for name, value in headers.items()}.items()


async def test_a_ticket_is_opened_through_the_gateway(visitor: Visitor, owners: Owners) -> None:
    fields = {one["id"]: "x" for one in FORM["fields"]}
    ticket = {"form": "support_form", "fields": fields, "language": "vi"}
    headers = {"Idempotency-Key": str(uuid4())}
    answers = [await visitor.client.post("/v1/intake/congsoxanh/tickets", json=ticket, headers=headers) for _ in "12"]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert len(owners.tickets) == 1


async def test_a_problem_of_the_owner_passes_unchanged(visitor: Visitor) -> None:
    answer = await visitor.get("/v1/intake/nobody/forms")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:phieu:problem:unknown-brand"


async def test_what_belongs_to_one_hop_stays_there(visitor: Visitor, owners: Owners) -> None:
    headers = {
        "Connection": "x-mine",
        "X-Mine": "1",
        "X-Forwarded-For": "1.2.3.4",
        "Cookie": "phieu=s",
        "TE": "trailers",
    }
    answer = await visitor.client.put("/v1/intake/echo", content=b"x", headers=headers)
    assert not {"x-mine", "x-forwarded-for", "cookie", "te"} & owners.seen[-1].keys()
    assert not {"x-hop", "connection"} & answer.headers.keys()


async def test_a_trace_goes_on(visitor: Visitor, owners: Owners) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-00"
    await visitor.client.post("/v1/intake/echo", content=b"x", headers={"traceparent": trace})
    assert owners.seen[-1]["traceparent"] == trace


async def test_an_owner_that_is_not_there_is_a_problem_in_both_languages(visitor: Visitor) -> None:
    answer = await visitor.get("/v1/registry/brands")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["type"] == "urn:phieu:problem:service-away"
    assert answer.json()["vi"]


@pytest.mark.parametrize("path", ["/v1/nobody/x", "/v1", "/v1/", "/v1/intake", "/v1//x"])
async def test_a_path_without_an_owner_is_a_problem(visitor: Visitor, owners: Owners, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status_code == 404
    assert owners.seen == []


@pytest.mark.parametrize("path", ["/v1/intake/../../metrics", "/v1/intake/./brands"])
async def test_a_path_that_climbs_is_not_passed_on(visitor: Visitor, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(visitor.url).port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b"urn:phieu:problem:not-found" in answer


@pytest.mark.parametrize("count", [3, 300])
async def test_a_body_above_the_bound_is_cut_off(owners: Owners, tmp_path: Path, count: int) -> None:
    async with web_served(owners.url, tmp_path, body_bytes=100_000) as url, Visitor(url) as visitor:
        answer = await visitor.client.post("/v1/intake/echo", content=chunks(50_000, count))
        assert answer.status_code == 413
        assert answer.json()["type"] == "urn:phieu:problem:body-too-large"


async def test_an_address_that_writes_too_often_waits_and_may_still_read(owners: Owners, tmp_path: Path) -> None:
    async with web_served(owners.url, tmp_path, api_writes_per_minute=2) as url, Visitor(url) as visitor:
        codes = [(await visitor.client.post("/v1/intake/echo", content=b"x")).status_code for _ in range(3)]
        assert codes == [207, 207, 429]
        answer = await visitor.client.post("/v1/intake/echo", content=b"x")
        assert (answer.headers["retry-after"], answer.json()["status"]) == ("60", 429)
        assert (await visitor.get("/v1/intake/brands")).status_code == 200


async def test_a_caller_that_goes_away_leaves_nothing_hanging(visitor: Visitor, owners: Owners) -> None:
    owners.trouble = ["hang before"]
    headers = {"Idempotency-Key": str(uuid4())}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await visitor.client.post("/v1/intake/congsoxanh/tickets", json={"fields": {}}, headers=headers)
    assert (await visitor.get("/v1/intake/brands")).status_code == 200
