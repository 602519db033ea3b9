"""GET /v1/registry/brands: what is in force, and what became of each folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.registry.adapters.folders import Found
from services.registry.api.door import Door
from services.registry.store import Known, find_all

FolderState = Literal["active", "refused", "missing", "pending"]


class BrandEntry(BaseModel):
    """A brand: its last fact, the version in force (none yet: sequence 0), and how its folder stands to that."""

    brand: str
    sequence: int
    version: str | None
    hash: str | None
    folder: FolderState
    faults: tuple[str, ...]


class BrandsAnswer(BaseModel):
    """Every brand that was published or has a folder."""

    brands: list[BrandEntry]


async def list_brands(door: Door, request: Request) -> Response:
    """The brands, by id."""
    door.admit(request)
    known = {one.brand: one for one in await find_all(door.pool)}
    found = door.publisher.found
    names = sorted({*known, *(found or {})})
    answer = BrandsAnswer(brands=[_entry(name, known.get(name), found) for name in names])
    return Response(answer.model_dump_json(), media_type="application/json")


def _entry(name: str, known: Known | None, found: Mapping[str, Found] | None) -> BrandEntry:
    folder = found.get(name) if found is not None else Found(mark="")
    return BrandEntry(
        brand=name,
        sequence=known.sequence if known else 0,
        version=known.version if known else None,
        hash=known.hash if known else None,
        folder=_state(known, folder),
        faults=folder.faults if folder else (),
    )


def _state(known: Known | None, folder: Found | None) -> FolderState:
    if folder is None:
        return "missing"
    if folder.faults:
        return "refused"
    is_active = known and folder.loaded and known.hash == folder.loaded.hash
    return "active" if is_active else "pending"
