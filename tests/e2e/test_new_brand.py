"""A brand that comes while everything runs: a folder is copied, and its customers are served."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.stack import Stack
from tests.e2e.customer import Customer, visitor

SERVED_WITHIN_SECONDS = 20.0
TOLD_WITHIN_SECONDS = 15.0
MODEL = "congsoxanh"


@pytest.fixture
def folder(brands_folder: Path) -> Iterator[Path]:
    """A place for a brand that nobody has heard of."""
    path = brands_folder / f"moi-{secrets.token_hex(4)}"
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def same_processes(platform: Stack) -> Iterator[None]:
    """Every process that there was before the test is there after it."""
    before = {part.name: part.pid for part in platform.parts if part.is_alive}
    yield
    assert {part.name: part.pid for part in platform.parts if part.is_alive} == before


def entry(platform: Stack, brand: str) -> Any:
    """What the registry tells about a brand."""
    headers = {"Authorization": f"Bearer {platform.admin_key_file.read_text().strip()}"}
    found = httpx.get(f"{platform.url('registry')}/v1/registry/brands", headers=headers, trust_env=False).json()
    return next((one for one in found["brands"] if one["brand"] == brand), {"folder": "unknown"})


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while not (so := is_so()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return so


def is_served(customer: Customer) -> bool:
    """Whether a request is let in; until then the brand is nobody's."""
    answer = customer.ask()
    assert answer.status_code in {201, 404, 503}, answer.text
    return answer.status_code == 201


@pytest.mark.usefixtures("same_processes")
def test_a_folder_copied_into_the_running_platform_is_a_brand(
    platform: Stack, brands_folder: Path, folder: Path
) -> None:
    with visitor(platform) as http:
        customer = Customer(http, folder.name)
        assert not is_served(customer)
        shutil.copytree(brands_folder / MODEL, folder)
        assert within(SERVED_WITHIN_SECONDS, lambda: is_served(customer))
        sent = customer.add(customer.send(), "Tôi bổ sung.")
        mine = customer.mine(sent)
        assert [message["content"] for message in mine["messages"]] == ["Không mở được văn bản đến.", "Tôi bổ sung."]
        assert http.get(f"/{folder.name}").status_code == 200
        assert entry(platform, folder.name)["folder"] == "active"


@pytest.mark.usefixtures("same_processes")
def test_a_folder_that_does_not_load_is_refused_told_and_holds_up_nobody(
    platform: Stack, brands_folder: Path, folder: Path
) -> None:
    policy = (brands_folder / MODEL / "policy.yaml").read_text(encoding="utf-8")
    folder.mkdir()
    (folder / "policy.yaml").write_text(policy.replace("type: email", "type: mail"), encoding="utf-8")
    assert within(TOLD_WITHIN_SECONDS, lambda: entry(platform, folder.name)["folder"] == "refused")
    assert any("type" in fault for fault in entry(platform, folder.name)["faults"])
    metrics = httpx.get(f"{platform.url('registry')}/metrics", trust_env=False).text
    assert "phieu_brand_folders_refused 1.0" in metrics
    assert folder.name in platform.services["registry"].log.read_text(encoding="utf-8")
    with visitor(platform) as http:
        assert not is_served(Customer(http, folder.name))
        assert is_served(Customer(http, MODEL))
        (folder / "policy.yaml").write_text(policy, encoding="utf-8")
        assert within(SERVED_WITHIN_SECONDS, lambda: is_served(Customer(http, folder.name)))
