"""The published JSON Schemas are those of the models, and no change breaks who reads the log today."""

from __future__ import annotations

from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from phieu_schemas.compatibility import Schema
from phieu_schemas.generate import advice, breaks, generated, golden, rendered

PUBLISHED = golden()


def test_no_change_breaks_who_reads_the_log_today() -> None:
    found = breaks(PUBLISHED, generated())
    assert not found, advice(found)


def test_every_schema_is_published_and_nothing_else() -> None:
    assert set(PUBLISHED) == set(generated()), "run `make schemas`"


@pytest.mark.parametrize(("name", "schema"), generated().items())
def test_a_published_schema_is_the_one_of_the_model(name: str, schema: Schema) -> None:
    text = (files("phieu_schemas") / "json" / name).read_text("utf-8")
    assert text == rendered(schema), "run `make schemas`"


@pytest.mark.parametrize(("name", "schema"), PUBLISHED.items())
def test_a_published_schema_is_a_json_schema_and_says_its_name(name: str, schema: Schema) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:phieu:schema:{name.removesuffix('.json')}"
