"""Old versions made new while reading: pure steps over the JSON of an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import JsonValue

Data = dict[str, JsonValue]
Step = tuple[str, Callable[[Data], Data]]
Upcasts = Mapping[str, Step]

# From an old wire type to the next one and how its data becomes that. Nothing is old yet.
UPCASTS: Upcasts = {}


def upcast(wire_type: str, data: Data, upcasts: Upcasts) -> tuple[str, Data]:
    """Follow the steps from an old wire type to one that has none."""
    while wire_type in upcasts:
        wire_type, step = upcasts[wire_type]
        data = step(data)
    return wire_type, data
