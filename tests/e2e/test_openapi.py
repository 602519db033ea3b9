"""Every service answers as its OpenAPI document says, whoever asks and whatever is asked."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok

from infra.local.api_keys import key_from
from infra.local.stack import Stack
from tests.e2e.customer import Customer
from tests.e2e.readiness import wait_until_ready

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
BRAND = "congsoxanh"


@pytest.fixture(scope="module")
def bearers(platform: Stack) -> dict[str, str]:
    """A token for each way to be somebody, by the name that the documents give it; asked for when all are ready."""
    wait_until_ready(platform)
    return {
        "query": key_from(platform.url("registry"), platform.admin_key_file, BRAND),
        "registry": platform.admin_key_file.read_text().strip(),
    }


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("service", ["query", "registry"])
def test_a_service_keeps_to_its_document(
    platform: Stack, bearers: dict[str, str], service: str, mode: GenerationMode
) -> None:
    wait_until_ready(platform)
    schema = schemathesis.openapi.from_url(f"{platform.url(service)}/openapi.json")
    tried = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if mode is GenerationMode.NEGATIVE and not _can_be_wrong(operation.definition.raw):
            continue
        tried += 1

        @EXAMPLES
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case[Any]) -> None:
            if case.path_parameters and "brand" in case.path_parameters:
                case.path_parameters["brand"] = BRAND
            headers = {"Authorization": f"Bearer {bearers[service]}"}
            if case.method != "GET":
                headers["Idempotency-Key"] = str(uuid.uuid4())
            case.call_and_validate(headers=headers, checks=CHECKS)
            case.call_and_validate(checks=CHECKS)

        ask()
    assert tried


def test_what_a_link_and_a_key_open_is_as_the_document_says(platform: Stack, bearers: dict[str, str]) -> None:
    """Made-up ids meet only refusals: here each question of query is asked about a ticket that is there."""
    with httpx.Client(base_url=platform.public_url, timeout=30, trust_env=False) as http:
        customer = Customer(http, BRAND)
        sent = customer.send(file=("ghi-chú.txt", "Chi tiết.".encode()))
        (file,) = customer.mine(sent)["messages"][0]["attachments"]
    known = {"ticket_id": sent.ticket_id, "attachment_id": file["attachment_id"]}
    schema = schemathesis.openapi.from_url(f"{platform.url('query')}/openapi.json")
    asked = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        mine = operation.path.startswith("/v1/query/my/")
        case = operation.Case(path_parameters={name: known[name] for name in known if f"{{{name}}}" in operation.path})
        headers = {
            "Authorization": f"Bearer {sent.token if mine else bearers['query']}",
            "Phieu-After": sent.read_token,
        }
        assert case.call_and_validate(headers=headers, checks=CHECKS).status_code == 200, operation.path
        asked += 1
    assert asked == 5


def _can_be_wrong(definition: dict[str, Any]) -> bool:
    """Whether the operation takes anything that could be wrong."""
    return bool(definition.get("requestBody") or definition.get("parameters"))
