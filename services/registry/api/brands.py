"""GET /v1/registry/brands: what is in force, and what became of each folder."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.registry.adapters.folders import Found
from services.registry.adapters.publisher import Publisher
from services.registry.api.door import Door
from services.registry.store import Known, find_all

FolderState = Literal["active", "draft", "retired", "scheduled", "refused", "missing", "pending"]


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
    names = sorted({*known, *(door.publisher.found or {})})
    answer = BrandsAnswer(brands=[_entry(name, known.get(name), door.publisher) for name in names])
    return Response(answer.model_dump_json(), media_type="application/json")


def _entry(name: str, known: Known | None, publisher: Publisher) -> BrandEntry:
    folder = publisher.found.get(name) if publisher.found is not None else Found(mark="")
    faults = publisher.faults_of(folder) if folder else ()
    return BrandEntry(
        brand=name,
        sequence=known.sequence if known else 0,
        version=known.version if known else None,
        hash=known.hash if known else None,
        folder="refused" if faults else _state(known, folder, publisher.now()),
        faults=faults,
    )


def _state(known: Known | None, folder: Found | None, at: datetime) -> FolderState:
    if folder is None:
        return "missing"
    if folder.loaded is None:
        return "pending"
    if known and known.hash == folder.loaded.hash:
        return "active"
    standing = folder.loaded.standing(at)
    return "pending" if standing == "due" else standing
