"""A real Chromium, and a customer's hands on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from infra.local.chromium import chromium

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE = (360, 740)
DESK = (1366, 768)
TYPED = {
    "name": "Nguyễn Thị Mẫu",
    "email": "mau@example.vn",
    "phone": "0912 345 678",
    "organisation": "UBND xã Mẫu",
    "job_title": "Văn thư",
    "content": "Từ sáng nay tôi không mở được văn bản đến.",
}


@contextmanager
def page(url: str, size: tuple[int, int] = PHONE, *, scripts: bool = True) -> Iterator[Page]:
    """A page in a browser of its own; what it complains about fails the test, but for pages answered with a refusal."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of" not in message.text:
            complaints.append(message.text)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        context = browser.new_context(
            base_url=url,
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=scripts,
            locale="vi-VN",
            accept_downloads=True,
        )
        opened = context.new_page()
        opened.on("console", note)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        browser.close()
    assert not complaints, complaints


def fill(opened: Page, **changed: str) -> None:
    """Type into the brand's form."""
    for name, value in {**TYPED, **changed}.items():
        opened.locator(f'[name="field.{name}"]').fill(value)


def send(opened: Page) -> None:
    """Press the button and wait for what comes."""
    with opened.expect_navigation():
        opened.locator("button[type=submit]").first.click()


def fits(opened: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def shot(opened: Page, folder: Path, name: str) -> None:
    """Keep a picture for whoever wants to look."""
    folder.mkdir(parents=True, exist_ok=True)
    opened.screenshot(path=folder / f"{name}.png", full_page=True)
