"""OpenAPI 3.1 of a service, generated from its operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.runtime.operation import Operation
from services.runtime.problems import PROBLEMS

ALWAYS = ("internal", "store-away", "busy")
"""What any operation may be refused with, besides its own problems."""
REF = "#/components/schemas/{model}"
SECURITY = {
    "link": {"type": "http", "scheme": "bearer", "description": "The token of a ticket's private link."},
    "api_key": {"type": "http", "scheme": "bearer", "description": "An API key of the brand, phk_…"},
    "admin": {"type": "http", "scheme": "bearer", "description": "The registry's own key."},
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:phieu:problem:[a-z-]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "vi": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
        "rule": {"type": "object"},
    },
}


def document(service: str, operations: Sequence[Operation]) -> dict[str, Any]:
    """The service's OpenAPI document as plain data."""
    models = [model for one in operations for model in (one.body, one.answer) if model]
    _, schemas = models_json_schema([(model, "validation") for model in dict.fromkeys(models)], ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Phieu {service}", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {**schemas.get("$defs", {}), "Problem": PROBLEM},
            "securitySchemes": SECURITY,
        },
    }


def _operation(one: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": [parameter.described() for parameter in one.parameters],
        "responses": {
            **{str(status): _answer(one) for status in (one.status, *one.also)},
            **_refusals(sorted({*one.problems, *ALWAYS})),
        },
    }
    if one.security:
        described["security"] = [{name: []} for name in one.security] + ([{}] if one.anonymous else [])
    if one.body:
        described["requestBody"] = {"required": True, "content": _contents(one)}
    return described


def _contents(one: Operation) -> dict[str, Any]:
    assert one.body is not None
    reference = {"$ref": REF.format(model=one.body.__name__)}
    contents: dict[str, Any] = {"application/json": {"schema": reference}}
    if one.multipart:
        properties = {one.multipart: reference, "file": {"type": "string", "format": "binary"}}
        contents["multipart/form-data"] = {
            "schema": {"type": "object", "required": [one.multipart], "properties": properties},
            "encoding": {one.multipart: {"contentType": "application/json"}},
        }
    return contents


def _answer(one: Operation) -> dict[str, Any]:
    if one.answer is None:
        # Bytes of whatever type they say they are.
        return {"description": one.summary, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    schema = {"$ref": REF.format(model=_name(one.answer))}
    return {"description": one.summary, "content": {"application/json": {"schema": schema}}}


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _refusals(slugs: Sequence[str]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for slug in slugs:
        by_status.setdefault(PROBLEMS[slug].status, []).append(slug)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(status): {"description": ", ".join(sorted(found)), "content": content}
        for status, found in sorted(by_status.items())
    }
