"""Query as the private page needs it: the ticket that a link opens, and its files."""

from __future__ import annotations

from uuid import UUID

import httpx

from services.web.adapters.answers import Ticket
from services.web.adapters.upstream import AwayError, Upstream, declined, read


class Query:
    """Asks query with a private link's token."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream

    async def ticket(self, token: str, after: str | None, seconds: float | None = None) -> Ticket:
        """The ticket; with `after` at least as it was when that was written, or marked stale."""
        headers = {"Authorization": f"Bearer {token}"} | ({"Phieu-After": after} if after else {})
        return read(Ticket, await self.upstream.ask("GET", "/v1/query/my/ticket", headers, seconds=seconds))

    async def attachment(self, token: str, attachment_id: UUID) -> httpx.Response:
        """A file of the ticket, as a stream that the caller closes."""
        url = f"{self.upstream.url}/v1/query/my/attachments/{attachment_id}"
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        request = self.upstream.client.build_request("GET", url, headers=headers)
        try:
            response = await self.upstream.client.send(request, stream=True)
            if response.status_code < 300:
                return response
            await response.aread()
        except httpx.HTTPError as error:
            raise AwayError(type(error).__name__) from None
        if response.status_code >= 500:
            raise AwayError(str(response.status_code))
        raise declined(response)
