"""A customer of one brand who comes in by the public port, and what the brand's own programs may ask."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from infra.local.api_keys import key_from
from infra.local.stack import Stack

PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.2
FIELDS = {
    "name": "Khách Thử",
    "email": "khach@example.vn",
    "phone": "0912 345 678",
    "organisation": "Đơn vị Thử",
    "job_title": "Văn thư",
    "content": "Không mở được văn bản đến.",
}
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')

File = tuple[str, bytes]
"""A text file: its name and what is in it."""
Parts = dict[str, tuple[str | None, bytes, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A ticket as its customer holds it: what opens it, and what of it was written last."""

    ticket_id: str
    token: str
    read_token: str

    @property
    def headers(self) -> dict[str, str]:
        """Read as whoever holds the link, not before the last write is there."""
        return {"Authorization": f"Bearer {self.token}", "Phieu-After": self.read_token}


class Customer:
    """Writes to one brand, and reads by the private link."""

    def __init__(self, http: httpx.Client, brand: str) -> None:
        self.http = http
        self.brand = brand

    def ask(self, fields: Mapping[str, str] = FIELDS, file: File | None = None) -> httpx.Response:
        """A request, whatever comes of it."""
        document = {"form": "support_form", "fields": fields}
        return self._post(f"/v1/intake/{self.brand}/tickets", {}, _parts("ticket", document, file))

    def send(self, fields: Mapping[str, str] = FIELDS, file: File | None = None) -> Sent:
        """A request that becomes a ticket."""
        answer = self.ask(fields, file)
        assert answer.status_code == 201, answer.text
        told = answer.json()
        token = told["link"].rsplit("/", 1)[1]
        return Sent(ticket_id=told["ticket_id"], token=token, read_token=told["read_token"])

    def add(self, sent: Sent, content: str, file: File | None = None) -> Sent:
        """A message on a ticket; gives the ticket with this as what was written last."""
        path, link = f"/v1/intake/tickets/{sent.ticket_id}/messages", {"Authorization": f"Bearer {sent.token}"}
        answer = self._post(path, link, _parts("message", {"content": content}, file))
        assert answer.status_code == 201, answer.text
        return Sent(ticket_id=sent.ticket_id, token=sent.token, read_token=answer.json()["read_token"])

    def fill_in(self, fields: Mapping[str, str], file: File) -> Sent:
        """The brand's page, filled in and sent as a browser without scripts does."""
        hidden = dict(HIDDEN.findall(self.http.get(f"/{self.brand}").text))
        typed = {f"field.{name}": value for name, value in fields.items()}
        parts: Parts = {name: (None, value.encode(), "text/plain") for name, value in (hidden | typed).items()}
        parts["file"] = (*file, "text/plain")
        answer = self.http.post(f"/{self.brand}", files=parts, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 303, answer.text
        token = answer.headers["location"].rsplit("/", 1)[1]
        headers = {"Authorization": f"Bearer {token}"}
        found = eventually(
            lambda: self.http.get("/v1/query/my/ticket", headers=headers), lambda answer: answer.status_code == 200
        )
        ticket_id = found.json()["ticket_id"]
        return Sent(ticket_id=ticket_id, token=token, read_token=f"intake/1/{ticket_id}")

    def page(self, sent: Sent) -> str:
        """The private page."""
        return self.http.get(f"/r/{sent.token}").text

    def mine(self, sent: Sent) -> Any:
        """What the private link opens, the last write in it."""

        def is_whole(answer: httpx.Response) -> bool:
            return answer.status_code == 200 and not answer.json()["stale"]

        return eventually(lambda: self.http.get("/v1/query/my/ticket", headers=sent.headers), is_whole).json()

    def download(self, sent: Sent, attachment_id: str) -> httpx.Response:
        """A file of the ticket."""
        return self.http.get(f"/v1/query/my/attachments/{attachment_id}", headers=sent.headers)

    def _post(self, path: str, headers: Mapping[str, str], parts: Parts) -> httpx.Response:
        return self.http.post(path, files=parts, headers={**headers, "Idempotency-Key": str(uuid.uuid4())})


class Program:
    """A program of the brand, with a fresh API key that it waits for the services to have heard of."""

    def __init__(self, platform: Stack, http: httpx.Client, brand: str) -> None:
        self.http = http
        key = key_from(platform.url("registry"), platform.admin_key_file, brand)
        self.headers = {"Authorization": f"Bearer {key}"}

    def read(self, path: str) -> httpx.Response:
        """What query answers."""
        return self._known(lambda: self.http.get(f"/v1/query/{path}", headers=self.headers))

    def erase(self, email: str) -> list[str]:
        """Have everything of a person erased; gives the tickets."""
        headers = {**self.headers, "Idempotency-Key": str(uuid.uuid4())}
        answer = self._known(lambda: self.http.post("/v1/intake/erasures", json={"email": email}, headers=headers))
        assert answer.status_code == 200, answer.text
        erased: list[str] = answer.json()["erased"]
        return erased

    def _known(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        return eventually(ask, lambda answer: answer.status_code != 401)


def eventually(ask: Callable[[], httpx.Response], is_it: Callable[[httpx.Response], bool]) -> httpx.Response:
    """Ask until the answer is as it should be; bounded."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_it(answer := ask()):
        assert time.monotonic() < deadline, f"{answer.status_code}: {answer.text}"
        time.sleep(PAUSE_SECONDS)
    return answer


def visitor(platform: Stack) -> httpx.Client:
    """Somebody at the public port."""
    return httpx.Client(base_url=platform.public_url, timeout=20, trust_env=False)


def _parts(name: str, document: Mapping[str, object], file: File | None) -> Parts:
    parts: Parts = {name: (None, json.dumps(document).encode(), "application/json")}
    return {**parts, "file": (*file, "text/plain")} if file else parts
