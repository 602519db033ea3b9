"""The OpenAPI document is true: whatever it allows, and what it does not, is answered as it says."""

from __future__ import annotations

import uuid
from itertools import product
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.integration.intake.running import FIELDS, Intake

OPERATIONS = ("submit", "message", "erase", "brands", "forms")
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
Case = schemathesis.Case[Any]
# The list of brands takes nothing, so nothing about it can be wrong.
ASKED = [pair for pair in product(OPERATIONS, (POSITIVE, NEGATIVE)) if pair != ("brands", NEGATIVE)]


@pytest.mark.parametrize(("name", "mode"), ASKED)
def test_a_stranger_is_answered_as_the_document_says(intake: Intake, name: str, mode: GenerationMode) -> None:
    operation = schema_of(intake).find_operation_by_id(name)

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()


@pytest.mark.parametrize(("name", "mode"), list(product(OPERATIONS[:3], (POSITIVE, NEGATIVE))))
def test_whoever_gets_to_the_rules_is_answered_as_the_document_says(
    intake: Intake, name: str, mode: GenerationMode
) -> None:
    operation, statuses = schema_of(intake).find_operation_by_id(name), set()
    ticket = intake.sent()["ticket_id"]

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        known = {"brand": intake.brand, "ticket_id": ticket}
        case.path_parameters = {one: known[one] for one in case.path_parameters or {}}
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Authorization": f"Bearer {intake.key.text}"}
        if isinstance(case.body, dict) and "form" in case.body:
            case.body["form"] = "support_form"
        statuses.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    ask()
    assert statuses & {200, 201, 400, 404, 415, 422}
    assert mode is NEGATIVE or not statuses & {401, 403}  # what is wrong may be the authentication too


def test_the_answers_of_a_good_day_are_those_of_the_document(intake: Intake) -> None:
    schema, ticket = schema_of(intake), intake.sent()["ticket_id"]
    bodies: dict[str, Any] = {
        "submit": {"form": "support_form", "fields": FIELDS},
        "message": {"content": "Thêm một dòng."},
        "erase": {"ticket_id": ticket},
    }
    for name, body in bodies.items():
        case = schema.find_operation_by_id(name).Case(
            path_parameters={"brand": intake.brand, "ticket_id": ticket},
            headers={"Idempotency-Key": str(uuid.uuid4()), "Authorization": f"Bearer {intake.key.text}"},
            body=body,
            media_type="application/json",
        )
        assert case.call_and_validate(checks=CHECKS).status_code in {200, 201}


def test_every_operation_is_tried(intake: Intake) -> None:
    document = intake.http.get("/openapi.json").json()
    named = {one["operationId"] for methods in document["paths"].values() for one in methods.values()}
    assert named == set(OPERATIONS)


def schema_of(intake: Intake) -> OpenApiSchema:
    """The document as the service serves it."""
    return schemathesis.openapi.from_url(f"{intake.stack.url('intake')}/openapi.json")
