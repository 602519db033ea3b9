"""OpenAPI is made from the operations, so that it cannot say anything else."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.runtime.openapi import document
from services.runtime.operation import IDEMPOTENCY_KEY, Operation


class Part(BaseModel):
    """A part of an answer."""

    words: str


class Asked(BaseModel):
    """What is sent."""

    name: str


class Told(BaseModel):
    """What comes back."""

    parts: list[Part]


async def handle(_: Request) -> Response:
    return Response()


SEND = Operation(
    name="send",
    method="POST",
    path="/v1/things/{id}",
    summary="Send a thing.",
    handle=handle,
    status=201,
    body=Asked,
    multipart="thing",
    answer=Told,
    parameters=(IDEMPOTENCY_KEY,),
    security=("api_key", "link"),
    anonymous=True,
    problems=("form-not-valid", "file-empty", "unknown-brand"),
)
FETCH = Operation(name="fetch", method="GET", path="/v1/things/{id}", summary="Fetch it.", handle=handle)


def described(method: str = "post") -> dict[str, Any]:
    found: dict[str, Any] = document("intake", [SEND, FETCH])["paths"]["/v1/things/{id}"][method]
    return found


def test_operations_of_one_path_stand_together() -> None:
    assert document("intake", [SEND, FETCH])["openapi"] == "3.1.0"
    assert described("post")["operationId"] == "send"
    assert described("get")["operationId"] == "fetch"


def test_every_reference_leads_somewhere() -> None:
    made = document("intake", [SEND, FETCH])
    schemas = made["components"]["schemas"]
    assert {"Asked", "Told", "Part", "Problem"} <= set(schemas)
    references = {part.split('"')[0] for part in str(made).replace("'", '"').split("#/components/schemas/")[1:]}
    assert references <= set(schemas)


def test_refusals_of_one_status_share_an_answer() -> None:
    answers = described()["responses"]
    assert sorted(answers) == ["201", "404", "422", "500", "503"]
    assert answers["422"]["description"] == "file-empty, form-not-valid"
    assert list(answers["422"]["content"]) == ["application/problem+json"]


def test_a_body_with_a_file_has_two_shapes() -> None:
    content = described()["requestBody"]["content"]
    assert sorted(content) == ["application/json", "multipart/form-data"]
    assert content["multipart/form-data"]["schema"]["required"] == ["thing"]


def test_who_may_ask_is_said_and_nobody_too() -> None:
    assert described()["security"] == [{"api_key": []}, {"link": []}, {}]
    assert "security" not in described("get")


def test_parameters_say_where_they_stand() -> None:
    (parameter,) = described()["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("Idempotency-Key", "header", True)
