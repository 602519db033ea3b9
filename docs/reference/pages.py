"""The reference pages, each made from the code that it describes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from inspect import getdoc, isclass
from pathlib import Path
from typing import Any

from phieu_schemas.catalogue import EVENTS
from phieu_schemas.topics import FOR_EVER, TOPICS, topic_of
from services.runtime.metrics import REGISTRY
from services.runtime.problems import PROBLEMS
from services.runtime.settings import ServiceSettings

ROOT = Path(__file__).parents[2]


def events() -> Iterator[str]:
    """Every event, with its fields."""
    yield "# Events\n\nEach has a JSON Schema and an example in the package `phieu-schemas`.\n"
    for event in EVENTS:
        topic = topic_of(event.wire_type)
        yield f"\n## `{event.wire_type}`\n\n{getdoc(event)}\n"
        yield f"\nPublished by {topic.owner(event.wire_type)} on `{topic.prefix}.<brand>`.\n"
        yield "\n| field | type | needed | |\n|---|---|---|---|\n"
        properties = event.model_json_schema()["properties"]
        for name, field in event.model_fields.items():
            needed = "yes" if field.is_required() else ""
            yield f"| `{name}` | {_type(properties[name])} | {needed} | {field.description or ''} |\n"


def topics() -> Iterator[str]:
    """Every topic."""
    yield "# Topics\n\nOne of each per brand.\n"
    yield "\n| topic | key | written by | read by | partitions | kept | |\n|---|---|---|---|---|---|---|\n"
    for topic in TOPICS:
        kept = "for ever" if topic.retention_ms == FOR_EVER else f"{topic.retention_ms} ms"
        count = str(topic.partitions or "by setting")
        writers, readers = ", ".join(topic.writers), ", ".join(topic.readers)
        yield f"| `{topic.prefix}.<brand>` | {topic.key} | {writers} | {readers} | {count} | {kept} | {topic.about} |\n"


def settings() -> Iterator[str]:
    """Every setting of every service."""
    yield "# Settings\n\nFrom the environment only.\n"
    for service, model in _settings():
        yield f"\n## {service}\n\n| variable | default | |\n|---|---|---|\n"
        prefix = str(model.model_config.get("env_prefix", ""))
        for name, field in sorted(model.model_fields.items()):
            variable = str(field.validation_alias or f"{prefix}{name}".upper())
            default = "(needed)" if field.is_required() else f"`{field.default}`"
            yield f"| `{variable}` | {default} | {field.description} |\n"


def metrics() -> Iterator[str]:
    """Every metric."""
    yield "# Metrics\n\nOn `/metrics` of each service.\n\n| metric | kind | labels | |\n|---|---|---|---|\n"
    for collector in dict.fromkeys(REGISTRY._collector_to_names):  # noqa: SLF001 - the library has no public list
        one: Any = collector
        labels = ", ".join(one._labelnames)  # noqa: SLF001 - as above, of a collector
        yield f"| `{one._name}` | {one._type} | {labels} | {one._documentation} |\n"  # noqa: SLF001 - as above, of a collector


def refusals() -> Iterator[str]:
    """Every problem that an answer can be."""
    yield "# Refusals\n\nBodies are `application/problem+json` (RFC 9457), `type` is `urn:phieu:problem:<slug>`.\n"
    yield "\n| slug | status | |\n|---|---|---|\n"
    for slug, problem in sorted(PROBLEMS.items()):
        yield f"| `{slug}` | {problem.status} | {problem.vi}<br>{problem.en} |\n"


def _settings() -> Iterator[tuple[str, type[ServiceSettings]]]:
    names = sorted(file.parent.name for file in (ROOT / "services").glob("*/settings.py"))
    for name in names:
        module = importlib.import_module(f"services.{name}.settings")
        for found in vars(module).values():
            own = isclass(found) and found.__module__ == module.__name__
            if own and issubclass(found, ServiceSettings) and name != "runtime":
                yield name, found


def _type(schema: dict[str, Any]) -> str:
    """A field's JSON Schema in a word."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "events": events,
    "topics": topics,
    "settings": settings,
    "metrics": metrics,
    "refusals": refusals,
}
