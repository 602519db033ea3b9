"""Publishing schemas: what fits is written, what breaks asks for a decision first."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest

from phieu_schemas.generate import GOLDEN, generated, golden, main, rendered, write

ERASED = "phieu.ticket.erased.v1"
TEXT = "phieu.ticket.received.v1.personal"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder with the schemas of today."""
    assert write(tmp_path) == {}
    return tmp_path


def was(folder: Path, name: str, **properties: object) -> None:
    """Publish another past: a schema that had these members besides."""
    path = folder / f"{name}.json"
    schema = json.loads(path.read_text("utf-8"))
    schema["properties"] |= properties
    path.write_text(rendered(schema), "utf-8")


def test_schemas_are_written_once_per_type_and_per_sealed_part(published: Path) -> None:
    assert golden(published) == generated()
    assert {path.name for path in published.iterdir()} == set(generated())


def test_the_same_schemas_are_the_same_bytes(published: Path) -> None:
    before = {path: path.read_bytes() for path in published.iterdir()}
    assert main([], published) == 0
    assert {path: path.read_bytes() for path in published.iterdir()} == before


def test_a_new_type_is_simply_added(published: Path) -> None:
    (published / f"{ERASED}.json").unlink()
    assert main([], published) == 0
    assert golden(published) == generated()


def test_a_breaking_change_is_not_written_and_the_way_out_is_told(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    was(published, ERASED, remark={"type": "string"})
    before = golden(published)
    assert main([], published) == 1
    told = capsys.readouterr().err
    assert f"{ERASED}: remark: is gone" in told
    assert "`.v2`" in told
    assert "--decision" in told
    assert golden(published) == before


def test_a_type_that_is_gone_breaks(published: Path) -> None:
    (published / "phieu.ticket.petted.v1.json").write_text("{}")
    assert write(published) == {"phieu.ticket.petted.v1": ("the type is gone",)}


def test_a_decision_that_names_the_type_lets_it_pass(published: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    record = tmp_path_factory.mktemp("adr") / "0099-no-remark.md"
    record.write_text(f"`{ERASED}` loses its remark.")
    was(published, ERASED, remark={"type": "string"})
    assert main(["--decision", str(record)], published) == 0
    assert golden(published) == generated()


@pytest.mark.parametrize("text", ["We change things.", f"{ERASED}0 changes.", f"{ERASED}.personal changes."])
def test_a_decision_about_something_else_does_not(published: Path, text: str) -> None:
    was(published, ERASED, remark={"type": "string"})
    assert list(write(published, text)) == [ERASED]


def test_what_lies_sealed_is_part_of_the_contract(published: Path) -> None:
    was(published, TEXT, remark={"type": "string"})
    assert list(write(published)) == [TEXT]
    assert write(published, f"{TEXT}, since …") == {}


def test_the_command_says_what_it_asks_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "phieu_schemas.generate")
    monkeypatch.setattr(sys, "argv", ["generate", "--help"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("phieu_schemas.generate", run_name="__main__")
    assert "--decision" in capsys.readouterr().out


def test_by_default_the_schemas_inside_the_package_are_meant() -> None:
    assert golden() == golden(GOLDEN)
    assert GOLDEN.name == "json"
