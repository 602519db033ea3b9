"""The story: a customer of CÔNG SỞ XANH sends the form and follows the ticket, in a real browser, on real parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload
from stdnum import damm

from infra.local.folder import ROOT
from infra.local.stack import Stack
from tests.e2e.browser import DESK, PHONE, TYPED, fill, fits, page, send, shot

PICTURES = ROOT / "build" / "screenshots"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_customer_sends_the_form_and_sees_number_link_and_request(platform: Stack, size: tuple[int, int]) -> None:
    with page(platform.public_url, size) as browser:
        browser.goto("/congsoxanh")
        assert browser.locator("[required]").count() == 5
        hint = browser.locator("#f-file-hint").inner_text()
        assert "2 MB" in hint
        assert all(kind in hint for kind in (".pdf", ".doc", ".docx", ".xls", ".xlsx", ".txt", "info@congsoxanh.com"))
        shot(browser, PICTURES, f"form-{size[0]}")
        assert fits(browser)
        fill(browser)
        send(browser)
        assert "/r/" in browser.url
        number = re.sub(r"\s", "", browser.locator("#number").inner_text())
        assert re.fullmatch(r"[1-9][0-9]{9}", number)
        assert damm.is_valid(number)
        assert browser.locator("#link").inner_text().replace("\n", "") == browser.url
        browser.locator("#record").wait_for()
        recorded = browser.locator("#ticket").inner_text()
        assert all(value in recorded for value in TYPED.values())
        assert "Nội dung yêu cầu hỗ trợ" in recorded
        shot(browser, PICTURES, f"ticket-{size[0]}")
        assert fits(browser)


def test_a_message_with_a_file_is_added_on_the_private_page(platform: Stack, tmp_path: Path) -> None:
    note = tmp_path / "thông báo lỗi.txt"
    note.write_text("Lỗi 0x80004005", encoding="utf-8")
    with page(platform.public_url) as browser:
        browser.goto("/congsoxanh")
        fill(browser)
        send(browser)
        browser.locator("#record").wait_for()
        browser.locator("textarea").fill("Tôi gửi thêm thông báo lỗi.")
        browser.locator("input[type=file]").set_input_files(note)
        send(browser)
        browser.locator("ol.messages > li").wait_for()
        assert "Tôi gửi thêm thông báo lỗi." in browser.locator("ol.messages").inner_text()
        with browser.expect_download() as download:
            browser.get_by_text("thông báo lỗi.txt").click()
        assert Path(download.value.path()).read_text(encoding="utf-8") == "Lỗi 0x80004005"
        assert download.value.suggested_filename == "thông báo lỗi.txt"
        shot(browser, PICTURES, "message-360")


def test_everything_essential_works_without_scripts(platform: Stack) -> None:
    with page(platform.public_url, scripts=False) as browser:
        browser.goto("/congsoxanh")
        fill(browser, content="")
        send(browser)
        assert browser.locator("#summary").is_visible()
        assert browser.locator('[name="field.name"]').input_value() == TYPED["name"]
        send(browser)
        assert "/r/" in browser.url
        assert browser.locator("#number").is_visible()


def test_typed_text_survives_while_intake_is_away_and_is_sent_afterwards(platform: Stack) -> None:
    intake = platform.services["intake"]
    with page(platform.public_url, scripts=False) as browser:
        browser.goto("/congsoxanh")
        fill(browser)
        intake.stop()
        try:
            send(browser)
            assert browser.locator("#summary").is_visible()
            assert browser.locator('[name="field.content"]').input_value() == TYPED["content"]
        finally:
            intake.start()
        send(browser)
        assert "/r/" in browser.url


def test_the_same_form_sent_twice_is_one_ticket(platform: Stack) -> None:
    """As an impatient double click does: the same hidden key, twice."""
    with page(platform.public_url) as browser:
        browser.goto("/congsoxanh")
        fill(browser)
        form: dict[str, str | float | bool | bytes | FilePayload] = browser.locator("form").evaluate(
            "form => Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === 'string'))"
        )
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": platform.public_url}
        sent = [browser.request.post("/congsoxanh", multipart=form, headers=headers, max_redirects=0) for _ in range(2)]
        assert [answer.status for answer in sent] == [303, 303]
        assert sent[0].headers["location"] == sent[1].headers["location"]


def test_the_keyboard_is_enough(platform: Stack) -> None:
    with page(platform.public_url, DESK) as browser:
        browser.goto("/congsoxanh")
        browser.locator('[name="field.name"]').focus()
        for value in list(TYPED.values())[:-1]:
            browser.keyboard.type(value)
            browser.keyboard.press("Tab")
        browser.keyboard.type(TYPED["content"])
        for _ in range(4):
            browser.keyboard.press("Tab")
            if browser.evaluate("document.activeElement.type") == "submit":
                break
        with browser.expect_navigation():
            browser.keyboard.press("Enter")
        assert "/r/" in browser.url
