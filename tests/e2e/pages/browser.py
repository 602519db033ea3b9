"""A real Chromium, and what every page must be true of in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from infra.local.chromium import chromium

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1366, "height": 768}
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), textarea, select')]
  .filter((one) => one.checkVisibility() && !one.closest('p, .skip') && one.getBoundingClientRect().height < 44)
  .map((one) => one.outerHTML)"""


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield found
        await found.close()


@asynccontextmanager
async def person(found: Browser, **context: Any) -> AsyncIterator[Page]:
    """Somebody with a browser of their own; a script that fails or is refused fails the test."""
    complaints: list[str] = []
    async with await found.new_context(**context) as session:
        page = await session.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
        yield page
    assert complaints == []


async def is_comfortable(page: Page) -> None:
    """Nothing to scroll sideways for, and nothing too small to hit with a thumb."""
    width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    small = await page.evaluate(SMALL_TARGETS)
    assert small == [], small
