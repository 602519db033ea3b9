"""What becomes of a folder that loads: put into force, held until it is due, or refused; none holds up another."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest

from services.registry.adapters.folders import Folders
from services.registry.adapters.publisher import Publisher
from services.runtime.ask import Answer, Ask
from services.runtime.errors import Refused
from tests.unit.policy.sample import changed, folder

DUE = datetime(2026, 3, 1, tzinfo=UTC)
TAKEN, NOT_TAKEN = Answer(200, b"{}"), Answer(422, b'{"detail": "give it a new id"}')


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """No brand was published before, and nothing is read back."""
    monkeypatch.setattr("services.registry.adapters.publisher.find", AsyncMock(return_value=None))
    monkeypatch.setattr("services.registry.adapters.publisher.find_all", AsyncMock(return_value=[]))


class Looking:
    """A publisher whose writer answers as it is told and remembers which brands it was asked for."""

    def __init__(self, root: Path, **answers: Answer | Exception) -> None:
        self.at = DUE
        self.asked: list[str] = []
        self.answers = answers
        self.publisher = Publisher(
            folders=Folders(root),
            pool=MagicMock(),
            writer=MagicMock(ask=self.ask),
            topics=MagicMock(ensure=AsyncMock()),
            caught_up=lambda: True,
            now=lambda: self.at,
        )

    async def ask(self, ask: Ask[Any]) -> Answer:
        self.asked.append(ask.brand)
        answer = self.answers.get(ask.brand, TAKEN)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def look(self) -> list[str]:
        """Who was asked for in two more looks."""
        self.asked.clear()
        for _ in range(2):
            await self.publisher.look()
        return list(self.asked)

    def faults(self, brand: str) -> tuple[str, ...]:
        assert self.publisher.found is not None
        return self.publisher.faults_of(self.publisher.found[brand])


def put(root: Path, brand: str = "mau", **version: str) -> None:
    """The brand's folder, with this said of the version."""
    content = changed("version.id", "mau-1")
    content["version"] |= version
    if (root / brand).is_dir():
        (root / brand / "policy.yaml").write_text(json.dumps(content))
    else:
        folder(root, json.dumps(content), brand=brand)


async def test_what_is_due_is_asked_for_once(tmp_path: Path) -> None:
    put(tmp_path)
    looking = Looking(tmp_path)
    assert [await looking.look() for _ in range(2)] == [["mau"], []]


async def test_what_is_not_due_is_held_until_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(tmp_path, effective_from=(DUE + timedelta(hours=1)).isoformat())
    looking = Looking(tmp_path)
    assert [await looking.look() for _ in range(2)] == [[], []]
    assert [one.message for one in caplog.records] == ["a brand's folder loads but is not put into force"]
    looking.at += timedelta(hours=1)
    assert await looking.look() == ["mau"]


@pytest.mark.parametrize("status", ["draft", "retired"])
async def test_what_is_not_active_is_never_asked_for_and_said_once(
    tmp_path: Path, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, status=status)
    looking = Looking(tmp_path)
    assert [await looking.look() for _ in range(2)] == [[], []]
    assert [vars(one)["cause"].partition(",")[0] for one in caplog.records] == [status]
    put(tmp_path)
    assert await looking.look() == ["mau"]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (NOT_TAKEN, "give it a new id"),
        (Refused("body-not-valid"), "body-not-valid"),
        (Refused("body-too-large", "too large"), "too large"),
    ],
)
async def test_what_may_not_be_published_is_refused_once_and_holds_up_no_other(
    tmp_path: Path, answer: Answer | Exception, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, "bad")
    put(tmp_path, "good")
    looking = Looking(tmp_path, bad=answer)
    assert [await looking.look() for _ in range(2)] == [["bad", "good"], []]
    assert (looking.faults("bad"), looking.faults("good")) == ((fault,), ())
    assert [vars(one)["cause"] for one in caplog.records if one.levelno == logging.ERROR] == [fault]
    looking.answers = {}
    put(tmp_path, "bad", id="mau-2")
    assert (await looking.look(), looking.faults("bad")) == (["bad"], ())
