"""The checker of schemas is itself checked: with changes that break, and with changes that do not."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field

from phieu_schemas.compatibility import breaking
from phieu_schemas.types import Attachment, Wire, known_values

Mood = Annotated[str, known_values(calm="all is well")]


class Today(Wire):
    """An event as it is published."""

    name: str
    count: Annotated[int, Field(ge=1)]
    note: str | None = None
    mood: Mood = "calm"
    files: tuple[Attachment, ...] = ()
    words: dict[str, str] = Field(default_factory=dict)


class Attachment2(Attachment):
    checksum: str


class Attachment3(Attachment):
    checksum: str | None = None


def changed(**members: Any) -> type[Wire]:
    """The event of today with some members retyped or added; `None` takes one away."""
    annotations = {
        name: (field.annotation, field) for name, field in Today.model_fields.items() if name not in members
    } | {name: member for name, member in members.items() if member is not None}
    body = {"__annotations__": {}, "__module__": __name__, "__doc__": "Another sentence."}
    for name, (annotation, field) in annotations.items():
        body["__annotations__"][name] = annotation  # type: ignore[index]  # a namespace
        if field is not ...:
            body[name] = field
    return type("Today", (Wire,), body)


def verdict(model: type[Wire]) -> tuple[str, ...]:
    return breaking(Today.model_json_schema(), model.model_json_schema())


BREAKING = [
    ({"name": None}, "name: is gone"),
    ({"name": None, "label": (str, ...)}, "name: is gone"),
    ({"name": (int, ...)}, "name: type was 'string', is 'integer'"),
    ({"label": (str, ...)}, "label: is required now"),
    ({"note": (str | None, ...)}, "note: is required now"),
    ({"name": (str, "x")}, "name: is no longer required"),
    ({"note": (str, "x")}, "note: may be one of 0 shapes now, was 2"),
    ({"note": (str | int | None, None)}, "note: may be one of 3 shapes now, was 2"),
    ({"note": (int | None, None)}, "note: type was 'string', is 'integer'"),
    ({"note": (str | None, "x")}, "note: default was None, is 'x'"),
    ({"name": (Annotated[str, Field(max_length=9)], ...)}, "name: maxLength was None, is 9"),
    ({"count": (Annotated[int, Field(ge=2)], ...)}, "count: minimum was 1, is 2"),
    ({"count": (int, ...)}, "count: minimum was 1, is None"),
    ({"files": (tuple[Attachment2, ...], ())}, "files[].checksum: is required now"),
    ({"files": (tuple[str, ...], ())}, "files[].attachment_id: is gone"),
    ({"files": (str, "")}, "files: items was"),
    ({"words": (dict[str, int], {})}, "words[]: type was 'string', is 'integer'"),
    ({"words": (dict[str, Any], {})}, "words: additionalProperties was"),
]
FITTING: list[dict[str, Any]] = [
    {},
    {"label": (str | None, None)},
    {"label": (str, "x")},
    {"name": (Annotated[str, Field(description="What it is called.", examples=["a"])], ...)},
    {"mood": (Annotated[str, known_values(calm="all is well", cross="it is not")], "calm")},
    {"files": (tuple[Attachment3, ...], ())},
]


@pytest.mark.parametrize(("members", "complaint"), BREAKING)
def test_a_change_that_breaks_is_told_with_its_place(members: dict[str, Any], complaint: str) -> None:
    assert any(difference.startswith(complaint) for difference in verdict(changed(**members)))


@pytest.mark.parametrize("members", FITTING)
def test_a_change_that_adds_without_asking_passes(members: dict[str, Any]) -> None:
    assert verdict(changed(**members)) == ()


def test_a_member_that_is_gone_is_told_once() -> None:
    assert verdict(changed(name=None)) == ("name: is gone",)


def test_the_place_is_told_at_the_root_too() -> None:
    assert breaking({"type": "object"}, {"type": "array"}) == ("the event: type was 'object', is 'array'",)
    assert breaking({}, {"items": True}) == ("the event: items was None, is True",)
