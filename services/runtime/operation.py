"""What may be asked over HTTP, as data: routes, OpenAPI and the reference are made from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of an operation: where it stands, and its JSON Schema."""

    name: str
    where: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    text: str = ""

    def described(self) -> dict[str, Any]:
        """The parameter as OpenAPI states it."""
        return {
            "name": self.name,
            "in": self.where,
            "required": self.required,
            "schema": self.schema,
            "description": self.text,
        }


IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    where="header",
    required=True,
    schema={"type": "string", "format": "uuid"},
    text="A UUID of the caller's, kept 72 hours: the same key and content get the first answer again.",
)
PHIEU_AFTER = Parameter(
    name="Phieu-After",
    where="header",
    schema={"type": "string", "pattern": r"^[a-z]+/[1-9][0-9]{0,17}/[0-9a-z-]{1,64}$"},
    text="A read token: the answer waits, bounded, until that event has been applied.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that may be asked over HTTP; routes, OpenAPI and the reference are made from it."""

    name: str
    method: str
    path: str
    summary: str
    handle: Handler
    status: int = 200
    also: tuple[int, ...] = ()
    body: type[BaseModel] | None = None
    multipart: str = ""
    answer: type[BaseModel] | None = None
    parameters: tuple[Parameter, ...] = ()
    security: tuple[str, ...] = ()
    anonymous: bool = False
    problems: tuple[str, ...] = ()
