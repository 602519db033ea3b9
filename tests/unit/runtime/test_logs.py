"""Logs: one JSON object a line, and no way for personal data into it."""

from __future__ import annotations

import json
import logging
from types import TracebackType

import pytest

from services.runtime.logs import ALLOWED, JsonLines

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
