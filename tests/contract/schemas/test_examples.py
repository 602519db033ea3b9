"""Each event type has an example that its schema and its model both accept, and refuse when it is spoiled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from phieu_schemas import EVENTS, NotDecodableError, decode, encode, topic_of
from phieu_schemas.compatibility import Schema
from phieu_schemas.generate import golden
from phieu_schemas.testing import Example, iter_examples

EXAMPLES = list(iter_examples())
BY_TYPE = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.wire_type)


def schema_of(example: Example) -> Schema:
    return golden()[f"{example.wire_type}.json"]


def validator(example: Example) -> Draft202012Validator:
    return Draft202012Validator(schema_of(example))


def spoiled(data: dict[str, Any], required: list[str]) -> list[dict[str, Any]]:
    """The data without each member it needs, and with each member of a wrong type."""
    without = [{name: value for name, value in data.items() if name != gone} for gone in required]
    return [*without, *({**data, name: 0.5} for name in data)]


def test_every_event_type_has_an_example_and_nothing_else_has() -> None:
    assert [example.wire_type for example in EXAMPLES] == sorted(event.wire_type for event in EVENTS)


@BY_TYPE
def test_an_example_is_read_and_written_to_the_same_bytes(example: Example) -> None:
    record = example.record
    recorded = decode(*record, topic=topic_of(example.wire_type).name("congsoxanh"))
    assert recorded.fact.wire_type == example.wire_type
    assert encode(recorded.envelope, recorded.fact) == record


@BY_TYPE
def test_an_example_is_what_its_schema_says(example: Example) -> None:
    validator(example).validate(json.loads(example.record.value))


@BY_TYPE
def test_the_example_names_its_schema(example: Example) -> None:
    schema = dict(example.record.headers)["ce_dataschema"].decode()
    assert schema == schema_of(example)["$id"]


@BY_TYPE
def test_what_the_schema_refuses_the_model_refuses(example: Example) -> None:
    check = validator(example)
    for data in spoiled(json.loads(example.record.value), schema_of(example)["required"]):
        assert not check.is_valid(data)
        with pytest.raises(NotDecodableError, match="bad-data"):
            decode(example.record.key, json.dumps(data).encode(), example.record.headers)


@BY_TYPE
def test_an_example_shows_every_member(example: Example) -> None:
    assert set(json.loads(example.record.value)) == set(schema_of(example)["properties"])
