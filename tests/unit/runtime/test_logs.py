"""Logs: one JSON object a line, and no way for personal data into it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from types import TracebackType

import pytest

from services.runtime.logs import ALLOWED, JsonLines, configure

PERSONAL = "Nguyễn Thị Ánh, 0901 234 567"


def _raised(error: Exception) -> TracebackType | None:
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.tb


def line(message: str = "done", *, error: Exception | None = None, **extra: object) -> dict[str, object]:
    logger = logging.getLogger("phieu.test")
    found = (type(error), error, _raised(error)) if error else None
    record = logger.makeRecord(logger.name, logging.ERROR, __file__, 1, message, (), found, extra=extra)
    written = JsonLines("intake").format(record)
    assert "\n" not in written
    told: dict[str, object] = json.loads(written)
    return told


def test_a_line_says_when_who_and_what() -> None:
    told = line("stopping")
    assert (told["level"], told["service"], told["logger"], told["message"]) == (
        "ERROR",
        "intake",
        "phieu.test",
        "stopping",
    )
    assert str(told["at"]).endswith("+00:00")


def test_a_field_that_is_not_on_the_list_is_not_written() -> None:
    told = line(brand="azdigi", email=PERSONAL, body=PERSONAL, personal=PERSONAL)
    assert told["brand"] == "azdigi"
    assert PERSONAL not in json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize("name", ["address", "body", "content", "email", "name", "phone", "text", "value"])
def test_the_list_has_no_field_for_what_people_say(name: str) -> None:
    assert name not in ALLOWED


def test_the_text_of_an_exception_is_never_printed() -> None:
    told = line("a batch failed", error=ValueError(f"invalid input: {PERSONAL}"))
    assert told["error"] == "ValueError"
    assert PERSONAL not in json.dumps(told, ensure_ascii=False)


def test_an_exception_shows_the_lines_it_passed_through() -> None:
    lines = line("a batch failed", error=ValueError(PERSONAL))["at_lines"]
    assert isinstance(lines, list)
    assert __file__ in lines[-1]


def test_what_json_does_not_know_is_written_as_text() -> None:
    assert line(cause=KeyError)["cause"] == "<class 'KeyError'>"


@pytest.fixture
def configured(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Logs as a process that was asked for every word writes them."""
    root, own = logging.getLogger(), logging.getLogger("services")
    before = root.level, list(root.handlers), own.level
    configure("web", "DEBUG")
    yield capsys
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    own.setLevel(before[2])


@pytest.mark.parametrize("library", ["httpx", "httpcore.connection", "python_multipart", "a.library.of.next.year"])
def test_no_foreign_library_tells_what_passes_through_it(library: str, configured: pytest.CaptureFixture[str]) -> None:
    logging.getLogger(library).info("HTTP Request: GET http://owner/v1/query/tickets?q=%s", PERSONAL)
    assert configured.readouterr().err == ""
    logging.getLogger(library).warning("something is wrong")
    assert "something is wrong" in configured.readouterr().err


def test_our_own_words_keep_the_level_that_was_asked_for(configured: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("services.web.app").debug("in detail")
    assert "in detail" in configured.readouterr().err


def test_of_a_foreign_message_only_the_first_line_is_written() -> None:
    told = line(f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{PERSONAL}')>")
    assert told["message"] == "Task exception was never retrieved"
