"""One owner behind the pages: asks over HTTP, and says whether it declined or was away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from services.runtime.errors import FieldError, RetryableError

A = TypeVar("A", bound=BaseModel)
PROBLEM = "urn:phieu:problem:"
# What met a restart is asked again; a write's key makes sure that it happens once.
PAUSES = {"GET": (0.3,), "POST": (0.3, 1.0)}
PASSING = (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class AwayError(RetryableError):
    """The owner did not answer, not in time, or not sensibly: what was asked may have happened."""


@dataclass(slots=True, kw_only=True)
class Declined(Exception):
    """The owner said no: nothing of what was asked has happened."""

    slug: str
    status: int
    vi: str = ""
    en: str = ""
    errors: tuple[FieldError, ...] = ()


class ProblemError(BaseModel):
    """One entry of a problem's list of errors."""

    field: str
    slug: str
    vi: str
    en: str


class Problem(BaseModel):
    """A problem as the owners send it."""

    type: str
    detail: str = ""
    vi: str = ""
    errors: list[ProblemError] = []


class Upstream:
    """One service, asked within a bounded time."""

    def __init__(self, client: httpx.AsyncClient, url: str, seconds: float) -> None:
        self.client = client
        self.url = url.rstrip("/")
        self.seconds = seconds

    async def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        seconds: float | None = None,
        **content: Any,
    ) -> httpx.Response:
        """The owner's 2xx answer; anything else is raised as `Declined` or `AwayError`."""
        try:
            async with asyncio.timeout(seconds or self.seconds):
                response = await self._persistent(method, path, headers, content)
        except (TimeoutError, httpx.HTTPError) as error:
            raise AwayError(type(error).__name__) from None
        if response.status_code >= 500 or response.status_code in {408, 429}:
            raise AwayError(str(response.status_code))
        if response.status_code >= 300:
            raise declined(response)
        return response

    async def _persistent(
        self, method: str, path: str, headers: Mapping[str, str], content: dict[str, Any]
    ) -> httpx.Response:
        for pause in PAUSES[method]:
            try:
                response = await self.client.request(method, self.url + path, headers=headers, **content)
            except PASSING:
                await asyncio.sleep(pause)
                continue
            if response.status_code != 503:
                return response
            await asyncio.sleep(pause)
        return await self.client.request(method, self.url + path, headers=headers, **content)


def declined(response: httpx.Response) -> Declined:
    """The owner's problem as an exception."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return Declined(slug="", status=response.status_code)
    return Declined(
        slug=problem.type.removeprefix(PROBLEM),
        status=response.status_code,
        vi=problem.vi,
        en=problem.detail,
        errors=tuple(FieldError(**error.model_dump()) for error in problem.errors),
    )


def read(model: type[A], response: httpx.Response) -> A:
    """The answer's body as its type; a body that is not so counts as no answer."""
    try:
        return model.model_validate_json(response.content)
    except ValidationError:
        raise AwayError("answer") from None
