"""What the person at the keyboard sees."""

from __future__ import annotations

import io
from pathlib import Path

from infra.local.console import Console


class Terminal(io.StringIO):
    """A stream that says that a person looks at it."""

    def isatty(self) -> bool:
        return True


def test_a_line_stands_behind_the_name_of_its_process(tmp_path: Path) -> None:
    out, log = io.StringIO(), tmp_path / "intake.log"
    log.write_text("one\ntwo\n")
    Console(out).follow("intake", log)
    assert out.getvalue() == "intake   | one\nintake   | two\n"


def test_half_a_line_waits_for_its_other_half(tmp_path: Path) -> None:
    out, log = io.StringIO(), tmp_path / "intake.log"
    console = Console(out)
    log.write_text("one\nhal")
    console.follow("intake", log)
    with log.open("a") as file:
        file.write("f\n")
    console.follow("intake", log)
    assert out.getvalue() == "intake   | one\nintake   | half\n"


def test_on_a_terminal_each_process_keeps_a_color_of_its_own(tmp_path: Path) -> None:
    out, log = Terminal(), tmp_path / "any.log"
    console = Console(out)
    for name in ("intake", "query", "intake"):
        with log.open("a") as file:
            file.write("line\n")
        console.follow(name, log)
    first, second, third = out.getvalue().splitlines()
    assert first == third
    assert first.split("m")[0] != second.split("m")[0]


def test_bytes_that_are_no_text_stop_nothing(tmp_path: Path) -> None:
    out, log = io.StringIO(), tmp_path / "intake.log"
    log.write_bytes(b"\xff\xfe\n")
    Console(out).follow("intake", log)
    assert out.getvalue().startswith("intake   | ")
