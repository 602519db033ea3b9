"""From a brand's folder to its policy: read, parsed, cross-checked, hashed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from services.policy.checks import contradictions, with_options
from services.policy.faults import Fault, PolicyNotLoadable, joined
from services.policy.models import Policy, Status
from services.policy.reading import MAX_BYTES, Json, read

FILE = "policy.yaml"
BRAND_ID = re.compile(r"[a-z0-9](-?[a-z0-9])*")
MAX_BRAND_ID = 40
RESERVED = frozenset({"healthz", "metrics", "openapi.json", "r", "readyz", "robots.txt", "static", "v1"})
"""First parts of addresses of the public port that are no brand's."""

Standing = Literal["due", "draft", "retired", "scheduled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedBrand:
    """A folder that loads: what the registry publishes."""

    brand: str
    format: str
    version: str
    status: Status
    effective_from: datetime
    content: dict[str, Json]
    hash: str

    def standing(self, at: datetime) -> Standing:
        """Whether it is due at that time, or why it is not: only an active text comes into force, and not before."""
        if self.status != "active":
            return self.status
        return "due" if self.effective_from <= at else "scheduled"


def load_folder(folder: Path) -> LoadedBrand:
    """Read and check `<folder>/policy.yaml`; the folder's name is the brand's id."""
    file = folder / FILE
    content = read(_bytes(folder, file), str(file))
    policy = parse(content, file=str(file))
    return LoadedBrand(
        brand=folder.name,
        format=policy.format,
        version=policy.version.id,
        status=policy.version.status,
        effective_from=policy.version.effective_from,
        content=content,
        hash=content_hash(content),
    )


def parse(content: Mapping[str, object], *, file: str = FILE) -> Policy:
    """The policy that this content states; raises PolicyNotLoadable with all that is wrong."""
    try:
        policy = Policy.model_validate_json(_canonical(content))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        faults = tuple(Fault(path=joined(detail["loc"]), text=detail["msg"]) for detail in details)
        raise PolicyNotLoadable(file, faults) from None
    if faults := (*_own_id(content), *contradictions(policy)):
        raise PolicyNotLoadable(file, faults)
    return with_options(policy)


def content_hash(content: Mapping[str, object]) -> str:
    """SHA-256, in hex, over the content's canonical JSON: the order of keys does not count."""
    return sha256(_canonical(content)).hexdigest()


def _own_id(content: Mapping[str, object]) -> tuple[Fault, ...]:
    brand = content.get("brand")
    if isinstance(brand, Mapping) and "id" in brand:
        return (Fault(path="brand.id", text="is not written in the file: the folder's name is the brand's id"),)
    return ()


def _canonical(content: Mapping[str, object]) -> bytes:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _fault_of_name(name: str) -> str:
    if name in RESERVED:
        return f"“{name}” cannot be a brand's id: the platform answers at /{name} itself"
    if not BRAND_ID.fullmatch(name) or len(name) > MAX_BRAND_ID:
        return f"a brand's id is at most {MAX_BRAND_ID} of a-z, 0-9 and single hyphens between them"
    return ""


def _bytes(folder: Path, file: Path) -> bytes:
    if fault := _fault_of_name(folder.name):
        raise PolicyNotLoadable(str(folder), (Fault(path="", text=fault),))
    try:
        # Whatever is no plain file, a pipe for one, could keep its reader waiting for ever.
        if not file.is_file():
            raise PolicyNotLoadable(str(file), (Fault(path="", text="is not there"),))
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise PolicyNotLoadable(str(file), (Fault(path="", text=f"cannot be read: {error.strerror}"),)) from None
