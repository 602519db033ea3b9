"""Old versions made new while reading: pure steps over an event's JSON, and its personal part's once it is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import JsonValue

Data = dict[str, JsonValue]


def unchanged(data: Data) -> Data:
    """The step of a part that stays as it was."""
    return data


class Step(NamedTuple):
    """From an old wire type to the next one: what becomes of the event's data, and of its personal part."""

    to: str
    data: Callable[[Data], Data]
    personal: Callable[[Data], Data] = unchanged


Upcasts = Mapping[str, Step]

# Nothing is old yet.
UPCASTS: Upcasts = {}


def newest(wire_type: str, upcasts: Upcasts = UPCASTS) -> str:
    """The wire type at the end of the steps."""
    while wire_type in upcasts:
        wire_type = upcasts[wire_type].to
    return wire_type


def upcast(wire_type: str, data: Data, upcasts: Upcasts = UPCASTS) -> Data:
    """An event's data after all steps from its wire type."""
    while wire_type in upcasts:
        step = upcasts[wire_type]
        wire_type, data = step.to, step.data(data)
    return data


def upcast_personal(wire_type: str, personal: Data, upcasts: Upcasts = UPCASTS) -> Data:
    """An event's personal part, in the clear, after all steps from its wire type."""
    while wire_type in upcasts:
        step = upcasts[wire_type]
        wire_type, personal = step.to, step.personal(personal)
    return personal
