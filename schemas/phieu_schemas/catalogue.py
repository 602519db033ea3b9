"""Every event type there is, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from phieu_schemas.brand import BrandFact
from phieu_schemas.fact import Fact
from phieu_schemas.ticket import TicketFact

EVENTS: tuple[type[Fact], ...] = (*get_args(TicketFact), *get_args(BrandFact))
BY_WIRE_TYPE: Mapping[str, type[Fact]] = {event.wire_type: event for event in EVENTS}


def fact_type(wire_type: str) -> type[Fact] | None:
    """The class of a wire type, or None: never heard of."""
    return BY_WIRE_TYPE.get(wire_type)


def type_name(wire_type: str) -> str:
    """A wire type without its version: `phieu.ticket.received`."""
    return wire_type.rpartition(".")[0]
