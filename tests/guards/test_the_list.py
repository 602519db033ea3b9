"""The list of guards keeps up with the code."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.guards.listed import GUARDS, Guard
from tests.guards.workshop import ROOT, NotInPlaceError, Verdict, Workshop, must_stand_once

GUARD_NAMES = [guard.name for guard in GUARDS]


@pytest.mark.parametrize("guard", GUARDS, ids=GUARD_NAMES)
def test_a_guard_stands_in_the_code_and_its_tests_exist(guard: Guard) -> None:
    must_stand_once(guard, (ROOT / guard.file).read_text())
    for test in guard.tests:
        file, _, name = test.partition("::")
        assert re.search(rf"def {name}\b" if name else "def test_", (ROOT / file).read_text())


def test_a_guard_that_is_gone_is_said() -> None:
    with pytest.raises(NotInPlaceError, match="0 times"):
        must_stand_once(GUARDS[0], "SELECT 1")


def test_no_name_stands_twice() -> None:
    assert len(set(GUARD_NAMES)) == len(GUARD_NAMES)


@pytest.fixture
def small(tmp_path: Path) -> Workshop:
    """A tree of one file with one guard and one test."""
    tmp_path.joinpath("door.py").write_text("def opens(age):\n    return age >= 18\n")
    tmp_path.joinpath("test_door.py").write_text(
        "from door import opens\ndef test_the_young_stay_out():\n    assert not opens(17)\n"
    )
    return Workshop(tmp_path, {})


def out(instead: str) -> Guard:
    return Guard(name="age", keeps="", file="door.py", text="age >= 18", instead=instead, tests=("test_door.py",))


def test_without_its_guard_a_test_fails_and_with_it_it_passes(small: Workshop) -> None:
    guard = out("True")
    with small.without(guard):
        assert small.run(guard.tests).failed == "test_the_young_stay_out"
    assert small.run(guard.tests).failed is None


def test_tests_that_do_not_end_are_a_verdict_too(small: Workshop) -> None:
    (small.folder / "test_door.py").write_text("import time\ndef test_it():\n    time.sleep(60)\n")
    verdict = replace(small, patience_seconds=3.0).run(["test_door.py"])
    assert (verdict.failed, verdict.is_unclear) == ("pytest did not end within 3 s", True)


def test_a_run_without_a_test_is_unclear(small: Workshop) -> None:
    verdict = small.run(["test_nothing.py"])
    assert (verdict.failed, verdict.is_unclear) == ("pytest ended with 4", True)


def test_a_guard_that_nobody_misses_is_seen(small: Workshop) -> None:
    guard = out("age > 17")
    with small.without(guard):
        verdict: Verdict = small.run(guard.tests)
    assert verdict.failed is None
