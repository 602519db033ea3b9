"""The pages in a real Chromium: on a phone, at a desk, by keyboard, without scripts."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, FilePayload, Page, Route, expect

from tests.component.web.owners import Owners
from tests.component.web.visitor import TYPED
from tests.e2e.pages.browser import DESK, PHONE, is_comfortable, person

Port = tuple[Owners, str]
LOG = FilePayload(name="loi.txt", mimeType="text/plain", buffer=b"500")
PICTURE = FilePayload(name="ảnh.PNG", mimeType="image/png", buffer=b"500")
LARGE = FilePayload(name="loi.txt", mimeType="text/plain", buffer=bytes(2 * 1024 * 1024))


async def fill(page: Page, **other: str) -> None:
    """Type into every field."""
    for name, text in (TYPED | {f"field.{name}": text for name, text in other.items()}).items():
        await page.fill(f"[name='{name}']", text)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_a_request_is_sent_read_and_added_to(
    chrome: Browser, port: Port, owners: Owners, viewport: dict[str, int], scripts: bool
) -> None:
    async with person(chrome, viewport=viewport, java_script_enabled=scripts) as page:
        await page.goto(port[1])
        await page.click("text=CÔNG SỞ XANH")
        await fill(page)
        await page.set_input_files("[type=file]", LOG)
        await page.click("text=Gửi yêu cầu")
        await expect(page.locator("#number")).to_have_text("4821 093 756")
        await expect(page.locator("dl")).to_contain_text("Công ty Ánh Dương")
        await page.fill("#f-content", "Chỉ ở phòng kế toán.")
        await page.click("text=Gửi bổ sung")
        await expect(page.locator(".messages")).to_contain_text("Chỉ ở phòng kế toán.")
        async with page.expect_download() as download:
            await page.click("text=loi.txt")
        assert (await (await download.value).path()).read_bytes() == b"500"
    (ticket,) = owners.tickets.values()
    assert len(ticket.messages) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
async def test_every_page_is_comfortable(
    chrome: Browser, port: Port, owners: Owners, viewport: dict[str, int], scheme: str
) -> None:
    async with person(chrome, viewport=viewport, color_scheme=scheme) as page:
        for path in ("/", "/congsoxanh", "/azdigi", "/nobody"):
            await page.goto(port[1] + path)
            await is_comfortable(page)
        await page.goto(f"{port[1]}/congsoxanh")
        await page.click("[type=submit]")
        await is_comfortable(page)
        await fill(page, content="https://vanban.example/" + "rat-dai" * 40, organisation="Ạ" * 200)
        await page.set_input_files("[type=file]", LOG)
        await page.click("[type=submit]")
        await page.wait_for_selector("#record")
        await is_comfortable(page)
    assert len(owners.tickets) == 1


async def test_the_whole_form_can_be_sent_by_keyboard(chrome: Browser, port: Port, owners: Owners) -> None:
    async with person(chrome) as page:
        await page.goto(f"{port[1]}/congsoxanh")
        await page.focus("#f-name")
        for text in TYPED.values():
            await page.keyboard.type(text.replace("\n", " "))
            await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.type") == "submit"
        await page.keyboard.press("Enter")
        await expect(page.locator("#number")).to_be_visible()
    assert len(owners.tickets) == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_the_errors_have_the_focus_and_lead_to_their_fields(
    chrome: Browser, port: Port, owners: Owners, scripts: bool
) -> None:
    async with person(chrome, java_script_enabled=scripts) as page:
        await page.goto(f"{port[1]}/congsoxanh")
        await fill(page, phone="", email="")
        await page.click("[type=submit]")
        await expect(page.locator("#summary")).to_be_focused()
        await expect(page.locator("#summary")).to_contain_text("xin xem lại 2 mục")
        await page.click("#summary >> text=Điện thoại")
        await expect(page.locator("#f-phone")).to_be_focused()
        await expect(page.locator("#f-phone")).to_have_attribute("aria-invalid", "true")
        await expect(page.locator("#f-name")).to_have_value(TYPED["field.name"])
    assert owners.tickets == {}
    assert bool(owners.seen) is not scripts


async def test_a_file_that_does_not_fit_is_told_before_it_is_sent(chrome: Browser, port: Port, owners: Owners) -> None:
    async with person(chrome) as page:
        await page.goto(f"{port[1]}/congsoxanh")
        await fill(page)
        await page.set_input_files("[type=file]", PICTURE)
        await expect(page.locator("#f-file-fault")).to_contain_text("“ảnh.PNG” không thuộc loại được nhận")
        await page.set_input_files("[type=file]", LARGE)
        await expect(page.locator("#f-file-fault")).to_contain_text("“loi.txt” quá lớn: tập tin phải dưới 2 MB")
        await page.click("[type=submit]")
        await expect(page.locator("#summary")).to_be_focused()
        assert owners.seen == []
        await page.click("text=Bỏ tập tin này")
        await page.click("[type=submit]")
        await expect(page.locator("#number")).to_be_visible()


async def test_an_empty_content_is_warned_about_without_losing_the_file(
    chrome: Browser, port: Port, owners: Owners
) -> None:
    async with person(chrome) as page:
        await page.goto(f"{port[1]}/congsoxanh")
        await fill(page, content="")
        await page.set_input_files("[type=file]", LOG)
        await page.click("[type=submit]")
        await expect(page.locator("#summary")).to_contain_text("đang để trống")
        assert owners.seen == []
        await expect(page.locator("[type=submit]")).to_have_text("Vẫn gửi khi để trống nội dung")
        await page.click("[type=submit]")
        await expect(page.locator("#number")).to_be_visible()
    assert len(owners.files) == 1


async def test_a_tab_that_was_reloaded_still_holds_the_text_until_it_is_sent(
    chrome: Browser, port: Port, owners: Owners
) -> None:
    async with person(chrome) as page:
        await page.goto(f"{port[1]}/congsoxanh")
        await fill(page)
        key = await page.input_value("[name=key]")
        await page.goto(f"{port[1]}/congsoxanh")
        await expect(page.locator("#f-name")).to_have_value(TYPED["field.name"])
        await expect(page.locator(".restored")).to_be_visible()
        assert await page.input_value("[name=key]") == key
        await page.click("[type=submit]")
        await expect(page.locator("#number")).to_be_visible()
        assert await page.evaluate("sessionStorage.length") == 0
        await page.goto(f"{port[1]}/congsoxanh")
        await expect(page.locator("#f-name")).to_have_value("")


async def test_a_connection_that_broke_and_a_reload_still_make_one_ticket(
    chrome: Browser, port: Port, owners: Owners
) -> None:
    async with person(chrome) as page:
        await page.goto(f"{port[1]}/congsoxanh")
        await fill(page)

        async def arrive_then_break(route: Route) -> None:
            await route.fetch(max_redirects=0)
            await route.abort()

        await page.route("**/congsoxanh", arrive_then_break, times=1)
        await page.click("[type=submit]")
        await page.wait_for_timeout(500)
        assert len(owners.tickets) == 1
        await page.goto(f"{port[1]}/congsoxanh")
        await page.fill("#f-content", "Đã sửa lại.")
        await page.click("[type=submit]")
        await expect(page.locator("#summary")).to_contain_text("Lần gửi trước đã tới nơi")
        await expect(page.locator("#f-content")).to_have_value("Đã sửa lại.")
    assert len(owners.tickets) == 1


async def test_the_record_appears_by_itself(chrome: Browser, port: Port, owners: Owners) -> None:
    owners.visible = False
    async with person(chrome) as page:
        await page.goto(f"{port[1]}/congsoxanh")
        await fill(page)
        await page.click("[type=submit]")
        await expect(page.locator("#number")).to_have_text("4821 093 756")
        await page.fill("#f-content", "đang gõ")
        owners.visible = True
        await expect(page.locator("#record")).to_be_visible(timeout=10_000)
        await expect(page.locator("#f-content")).to_have_value("đang gõ")


async def test_the_number_and_the_link_are_copied_with_one_tap(chrome: Browser, port: Port) -> None:
    async with person(chrome, permissions=["clipboard-read", "clipboard-write"]) as page:
        await page.goto(f"{port[1]}/congsoxanh")
        await fill(page)
        await page.click("[type=submit]")
        await page.click("text=Chép số")
        assert await page.evaluate("navigator.clipboard.readText()") == "4821093756"
        await page.click("text=Chép liên kết")
        assert await page.evaluate("navigator.clipboard.readText()") == await page.inner_text("#link")
