"""A browser without scripts: keeps cookies, reads forms out of pages, sends them as browsers do."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Self

import httpx

TYPED = {
    "field.name": "Nguyễn Thị Ánh",
    "field.email": "anh@congty.vn",
    "field.phone": "0912 345 678",
    "field.organisation": "Công ty Ánh Dương",
    "field.job_title": "Kế toán",
    "field.content": "Máy chủ không vào được.\nTừ 8 giờ sáng.",
}


class Form(HTMLParser):
    """The values that a page's form holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._area: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name")
        if tag == "input" and name and found.get("type") != "file":
            self.values[name] = found.get("value") or ""
        if tag == "textarea" and name:
            self.values[name], self._area = "", name

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None


class Visitor:
    """One person and their browser."""

    def __init__(self, url: str) -> None:
        self.client = httpx.AsyncClient(base_url=url, timeout=20, trust_env=False)
        self.url = url

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def get(self, path: str) -> httpx.Response:
        """Look at a page."""
        return await self.client.get(path)

    async def post(
        self,
        path: str,
        values: dict[str, str],
        file: tuple[str, bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send a form as a browser does: line ends as CRLF, the file last."""
        parts: list[tuple[str, tuple[str | None, bytes | str]]] = [
            (name, (None, value.replace("\n", "\r\n"))) for name, value in values.items()
        ]
        parts.append(("file", file or ("", b"")))
        return await self.client.post(path, files=parts, headers={"Sec-Fetch-Site": "same-origin", **(headers or {})})

    async def fill(self, path: str = "/congsoxanh", **typed: str) -> dict[str, str]:
        """Open the form and fill it in."""
        return (
            Form((await self.get(path)).text).values | TYPED | {f"field.{name}": text for name, text in typed.items()}
        )
