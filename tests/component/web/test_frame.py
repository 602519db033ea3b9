"""What every page brings along: its headers, its assets, its probes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.web.pages.assets import FOLDER
from tests.component.web.owners import Owners
from tests.component.web.running import web_served
from tests.component.web.visitor import Visitor

PAGES = ["/", "/congsoxanh", "/azdigi", "/nobody"]


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_runs_what_is_not_ours(visitor: Visitor, path: str) -> None:
    page = await visitor.get(path)
    policy = page.headers["content-security-policy"]
    for rule in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", page.text)
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["permissions-policy"]


@pytest.mark.parametrize("path", PAGES)
async def test_what_a_page_loads_is_there_and_kept_for_a_year(visitor: Visitor, path: str) -> None:
    page = await visitor.get(path)
    found = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert len(found) >= 2
    for address in found:
        asset = await visitor.get(address)
        assert asset.status_code == 200
        assert "immutable" in asset.headers["cache-control"]


async def test_an_asset_s_old_address_is_not_kept(visitor: Visitor) -> None:
    assert (await visitor.get("/static/phieu.css?v=old")).headers["cache-control"] == "no-cache"


async def test_assets_are_packed_for_who_can_take_it(visitor: Visitor) -> None:
    packed = await visitor.get("/static/phieu.css")
    plain = await visitor.client.get("/static/phieu.css", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == (FOLDER / "phieu.css").read_bytes()


def test_the_stylesheet_stays_small() -> None:
    assert (FOLDER / "phieu.css").stat().st_size < 15_000


def test_what_was_taken_from_others_keeps_its_licence() -> None:
    assert "Zero-Clause BSD" in (FOLDER / "htmx-LICENSE.txt").read_text()


@pytest.mark.parametrize(
    ("path", "status"), [("/healthz", 204), ("/readyz", 200), ("/metrics", 200), ("/openapi.json", 200)]
)
async def test_the_probes_answer(visitor: Visitor, path: str, status: int) -> None:
    assert (await visitor.get(path)).status_code == status


async def test_pages_are_counted_by_name_never_by_address(visitor: Visitor) -> None:
    await visitor.get("/congsoxanh")
    await visitor.get("/r/secret-token")
    numbers = (await visitor.get("/metrics")).text
    assert 'operation="show_brand",status="200"' in numbers
    assert "secret-token" not in numbers


async def test_search_engines_are_asked_to_leave_tickets_alone(visitor: Visitor) -> None:
    assert "Disallow: /r/" in (await visitor.get("/robots.txt")).text


async def test_a_page_that_breaks_says_so_without_saying_what(
    visitor: Visitor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.web.pages.texts import TEXTS

    monkeypatch.delitem(TEXTS, "marks")
    page = await visitor.get("/congsoxanh")
    assert page.status_code == 500
    assert "Có lỗi ở phía chúng tôi" in page.text
    assert "KeyError" not in page.text
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["a page failed"]


async def test_over_https_the_cookies_are_bound_to_the_host(owners: Owners, tmp_path: Path) -> None:
    async with web_served(owners.url, tmp_path, PUBLIC_URL="https://hotro.example") as url, Visitor(url) as visitor:
        page = await visitor.get("/congsoxanh")
        assert page.headers["set-cookie"].startswith("__Host-phieu=")
        assert "Secure" in page.headers["set-cookie"]
