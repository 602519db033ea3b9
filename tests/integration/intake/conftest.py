"""Intake as a real process on a broker and a database of its own, which tests may stop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.folder import Folder
from infra.local.stack import Stack
from infra.local.wiring import PROGRAMS
from tests.integration.intake.declared import ApiKey, policy_of
from tests.integration.intake.running import Intake, eventually
from tests.stores import platform

BRAND, OTHER_BRAND = "hoa-hong", "hoa-sen"


@pytest.fixture(scope="session")
def intake_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = Folder(path=tmp_path_factory.mktemp("intake")).make()
    own = {"KAFKA_METADATA_MAX_AGE_MS": "300", "PUBLIC_URL": "https://phieu.example"}
    with platform(folder, own, [one for one in PROGRAMS if one.name == "intake"]) as stack:
        yield stack


@pytest.fixture(scope="session")
def other_key() -> ApiKey:
    """A key of the other brand."""
    return ApiKey()


@pytest.fixture(scope="session")
def intake(intake_stack: Stack, other_key: ApiKey) -> Iterator[Intake]:
    """The service, with two live brands."""
    found = Intake(intake_stack, BRAND, ApiKey())
    found.declared.say(BRAND, policy_of("congsoxanh"), found.key.issued())
    found.declared.say(OTHER_BRAND, policy_of("congsoxanh"), other_key.issued())
    eventually(lambda: len(found.http.get("/v1/intake/brands").json()["brands"]) == 2)
    yield found
    found.http.close()
