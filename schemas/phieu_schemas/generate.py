"""Writes the JSON Schemas of every event: `python -m phieu_schemas.generate`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from phieu_schemas.catalogue import EVENTS
from phieu_schemas.compatibility import Schema, breaking
from phieu_schemas.envelope import SCHEMA
from phieu_schemas.fact import PersonalFact
from phieu_schemas.types import Wire

GOLDEN = Path(__file__).parent / "json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ADVICE = """\
{breaks}
A subscriber of today, or the log itself, would no longer fit. Do one of these:
  * make it additive: a new member with a default, or a new word in an open enumeration;
  * leave {types} as it is, write the new version beside it (`.v2`, a class of its own) and an upcaster in
    phieu_schemas/upcast.py that makes the old one new;
  * until 1.0 only: write a decision record that names {types}, then
    python -m phieu_schemas.generate --decision docs/adr/NNNN-<title>.md
"""


class _Plain(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002  # the signature is pydantic's
        return False


def generated() -> dict[str, Schema]:
    """The JSON Schema of every event, and of what lies sealed in it, by file name."""
    schemas: dict[str, Schema] = {}
    for event in EVENTS:
        schemas[f"{event.wire_type}.json"] = _schema(event, event.wire_type)
        if issubclass(event, PersonalFact):
            name = f"{event.wire_type}.personal"
            schemas[f"{name}.json"] = _schema(event.personal_type, name)
    return schemas


def _schema(model: type[Wire], name: str) -> Schema:
    body = model.model_json_schema(schema_generator=_Plain)
    return {"$schema": DIALECT, "$id": SCHEMA + name, **body}


def golden(folder: Path = GOLDEN) -> dict[str, Schema]:
    """The JSON Schemas that were published, by file name."""
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def breaks(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> dict[str, tuple[str, ...]]:
    """What breaks, by wire type. A type that is gone breaks; a new one does not."""
    found = {
        name.removesuffix(".json"): breaking(schema, new[name]) if name in new else ("the type is gone",)
        for name, schema in old.items()
    }
    return {name: differences for name, differences in found.items() if differences}


def advice(found: Mapping[str, Sequence[str]]) -> str:
    """What to do about breaks, for people."""
    lines = [f"{name}: {difference}" for name, differences in found.items() for difference in differences]
    return ADVICE.format(breaks="\n".join(lines), types=", ".join(found))


def write(folder: Path = GOLDEN, decision: str | None = None) -> dict[str, tuple[str, ...]]:
    """Publish what is generated, unless something breaks that the text of the decision does not name.

    Returns what stood in the way; empty: written.
    """
    new = generated()
    found = breaks(golden(folder), new)
    undecided = {name: why for name, why in found.items() if not _named(name, decision or "")}
    if undecided:
        return undecided
    for path in folder.glob("*.json"):
        path.unlink()
    for name, schema in new.items():
        (folder / name).write_text(rendered(schema), "utf-8")
    return {}


def _named(wire_type: str, decision: str) -> bool:
    return re.search(rf"{re.escape(wire_type)}(?!\.?\w)", decision) is not None


def rendered(schema: Any) -> str:
    """The text of a golden file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None, folder: Path = GOLDEN) -> int:
    """The command: 0 when written, 1 when a break is undecided."""
    parser = argparse.ArgumentParser(prog="python -m phieu_schemas.generate", description=__doc__)
    parser.add_argument("--decision", type=Path, help="the decision record that names each type that breaks")
    decision = parser.parse_args(arguments).decision
    undecided = write(folder, decision.read_text("utf-8") if decision else None)
    if undecided:
        sys.stderr.write(advice(undecided))
    return 1 if undecided else 0


if __name__ == "__main__":
    raise SystemExit(main())
