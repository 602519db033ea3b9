"""Refusals: every slug that is said is known, every known one is said, and its body is RFC 9457."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.runtime import problems
from services.runtime.errors import BusyError, FieldError, NotReadyError, Refused, RetryableError, Rule, StoreAwayError
from services.runtime.problems import PROBLEMS

LISTS = Path("services/runtime/problems.py")
SAYERS = {"Refused", "StoreAwayError"}


def _modules() -> Iterator[ast.Module]:
    for file in sorted(Path("services").rglob("*.py")):
        if file != LISTS:
            yield ast.parse(file.read_text())


def _refusals() -> Iterator[str]:
    """The literal slugs with which code refuses."""
    for module in _modules():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYERS and node.args:
                yield from _texts_in(node.args[0])


def _texts_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_slug_that_code_refuses_with_is_listed() -> None:
    assert set(_refusals()) - PROBLEMS.keys() == set()


def test_every_listed_slug_is_said_somewhere() -> None:
    own = {"busy", "service-away", "store-away"}
    said = {text for module in _modules() for text in _texts_in(module)}
    assert PROBLEMS.keys() - said - own == set()


@pytest.mark.parametrize("slug", sorted(PROBLEMS))
def test_a_problem_speaks_both_languages(slug: str) -> None:
    body = problems.body_of(Refused(slug))
    assert body["type"] == f"urn:phieu:problem:{slug}"
    assert 400 <= PROBLEMS[slug].status < 600
    assert body["vi"] != body["title"]
    assert str(body["vi"]).endswith(".")
    assert str(body["title"]).endswith(".")


def test_a_refusal_carries_its_fields_and_its_rule() -> None:
    fault = FieldError(field="email", slug="email", vi="Không phải thư.", en="Not an address.")
    refused = Refused("form-not-valid", errors=(fault,), rule=Rule(id="r1", quote="Vui lòng điền"))
    status, body = problems.encoded(refused)
    told = json.loads(body)
    assert (status, told["status"]) == (422, 422)
    assert told["errors"] == [{"field": "email", "slug": "email", "vi": "Không phải thư.", "en": "Not an address."}]
    assert told["rule"] == {"id": "r1", "quote": "Vui lòng điền"}
    assert "Vui lòng điền".encode() in body


@pytest.mark.parametrize(
    ("error", "slug"),
    [
        (BusyError(), "busy"),
        (NotReadyError(), "not-ready"),
        (StoreAwayError("keys-away"), "keys-away"),
        (StoreAwayError("connection refused: secret"), "store-away"),
        (RetryableError("anything"), "service-away"),
    ],
)
def test_a_passing_failure_is_a_503_that_says_when_to_come_again(error: RetryableError, slug: str) -> None:
    answer = problems.response(problems.refusal_of(error))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert json.loads(bytes(answer.body))["type"] == f"urn:phieu:problem:{slug}"
    assert b"secret" not in bytes(answer.body)


def test_only_what_may_be_tried_again_says_when() -> None:
    assert "retry-after" not in problems.response(Refused("form-not-valid")).headers
    assert problems.response(Refused("too-many-requests", retry_after=30)).headers["retry-after"] == "30"
    assert problems.response(Refused("unknown-brand")).media_type == "application/problem+json"
