"""Chromium, and the public port in front of stand-in owners."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.component.web.conftest import owners, port
from tests.e2e.pages.browser import browser

__all__ = ["chrome", "owners", "port"]


@pytest.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    """One browser for all tests; each has a session of its own in it."""
    async with browser() as found:
        yield found
