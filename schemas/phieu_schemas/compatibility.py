"""Whether a changed JSON Schema still fits what is in the log, and who reads it today.

Within a version only additive optional changes pass: a new member that need not be there, a new word in an
open enumeration, another description. Anything else would make a record unreadable for somebody: wider as
well as narrower, since a subscriber of today holds to the schema of today.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

WORDS_FOR_PEOPLE = {"description", "title", "examples", "x-known-values", "$comment"}
LOOKED_INTO = {"properties", "required", "items", "anyOf", "additionalProperties"}


def breaking(old: Schema, new: Schema) -> tuple[str, ...]:
    """What makes `new` another contract than `old`, each with its place; empty: they fit."""
    return tuple(_differences(_resolved(old, old), _resolved(new, new), ""))


def _resolved(schema: Any, root: Schema) -> Any:
    """The schema with what it refers to written in place."""
    if isinstance(schema, list):
        return [_resolved(each, root) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        schema = {**target, **{word: value for word, value in schema.items() if word != "$ref"}}
    return {word: _resolved(value, root) for word, value in schema.items() if word != "$defs"}


def _differences(old: Schema, new: Schema, place: str) -> Iterator[str]:
    yield from _members(old, new, place)
    yield from _requirements(old, new, place)
    yield from _inside(old, new, place)
    for word in sorted((old.keys() | new.keys()) - WORDS_FOR_PEOPLE - LOOKED_INTO):
        if old.get(word) != new.get(word):
            yield f"{place or 'the event'}: {word} was {old.get(word)!r}, is {new.get(word)!r}"


def _members(old: Schema, new: Schema, place: str) -> Iterator[str]:
    after = new.get("properties", {})
    for name, member in old.get("properties", {}).items():
        where = f"{place}.{name}".lstrip(".")
        if name in after:
            yield from _differences(member, after[name], where)
        else:
            yield f"{where}: is gone"


def _requirements(old: Schema, new: Schema, place: str) -> Iterator[str]:
    before, after = set(old.get("required", [])), set(new.get("required", []))
    for name in sorted(before ^ after):
        where = f"{place}.{name}".lstrip(".")
        if name in after:
            yield f"{where}: is required now; records without it are in the log"
        elif name in new.get("properties", {}):
            yield f"{where}: is no longer required; subscribers of today rely on it"


def _inside(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for word in ("items", "additionalProperties"):
        if isinstance(old.get(word), dict) and isinstance(new.get(word), dict):
            yield from _differences(old[word], new[word], f"{place}[]")
        elif old.get(word) != new.get(word):
            yield f"{place or 'the event'}: {word} was {old.get(word)!r}, is {new.get(word)!r}"
    before, after = old.get("anyOf", []), new.get("anyOf", [])
    if len(before) != len(after):
        yield f"{place}: may be one of {len(after)} shapes now, was {len(before)}"
        return
    for one, other in zip(before, after, strict=True):
        yield from _differences(one, other, place)
