"""The whole platform, once for all end-to-end tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.stack import Stack


@pytest.fixture(scope="session")
def platform(stack: Stack) -> Stack:
    """The running platform: real broker, real database, every service as its own process."""
    return stack


@pytest.fixture(scope="session")
def brands_folder(stack: Stack) -> Path:
    """The brands of the running platform, in a folder that tests may add to."""
    return Path(stack.values["REGISTRY_BRANDS_DIR"])
