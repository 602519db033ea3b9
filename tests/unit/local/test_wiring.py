"""Who is given which setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.faults import LocalError
from infra.local.folder import Folder
from infra.local.given import public_port
from infra.local.provision import KEYS_READER, KEYS_WRITER
from infra.local.stack import Stack
from infra.local.wiring import DSNS, KAFKA, PROGRAMS


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack that was never started."""
    return Stack(Folder(path=tmp_path), {"LOG_LEVEL": "DEBUG", "EMPTY": ""})


def test_the_services_start_in_the_order_in_which_they_need_each_other() -> None:
    assert [program.name for program in PROGRAMS] == ["registry", "intake", "query", "web"]


@pytest.mark.parametrize("name", ["registry", "intake", "query"])
def test_a_service_is_given_its_own_database_and_no_other(stack: Stack, name: str) -> None:
    given = stack.environment(name)
    assert {key for key in given if key.endswith("_DSN")} - {"KEYS_DSN"} == {f"{name.upper()}_DSN"}


def test_the_pages_are_given_neither_database_nor_broker(stack: Stack) -> None:
    given = stack.environment("web")
    assert {key for key in given if key.endswith("_DSN") or key == KAFKA} == set()
    assert {"REGISTRY_URL", "INTAKE_URL", "QUERY_URL", "WEB_SECRET_FILE"} <= given.keys()


def test_only_intake_may_write_keys(stack: Stack) -> None:
    assert f"//{KEYS_WRITER}:" in stack.environment("intake")["KEYS_DSN"]
    assert f"//{KEYS_READER}:" in stack.environment("query")["KEYS_DSN"]
    assert "KEYS_DSN" not in stack.environment("registry")


def test_only_the_registry_is_given_the_key_that_issues_keys(stack: Stack) -> None:
    holders = [program.name for program in PROGRAMS if "REGISTRY_ADMIN_KEY_FILE" in stack.environment(program.name)]
    assert holders == ["registry"]


def test_a_setting_from_outside_reaches_every_service(stack: Stack) -> None:
    assert {stack.environment(program.name)["LOG_LEVEL"] for program in PROGRAMS} == {"DEBUG"}
    assert "EMPTY" not in stack.environment("web")


def test_a_setting_from_outside_wins_over_our_own(tmp_path: Path) -> None:
    stack = Stack(Folder(path=tmp_path), {"TOPIC_PARTITIONS": "6", "INTAKE_PORT": "4711"})
    assert stack.environment("registry")["TOPIC_PARTITIONS"] == "6"
    assert stack.environment("intake")["INTAKE_PORT"] == "4711"
    assert stack.environment("web")["INTAKE_URL"] == stack.url("intake") == "http://127.0.0.1:4711"


def test_the_public_port_is_the_one_of_the_pages(tmp_path: Path) -> None:
    stack = Stack(Folder(path=tmp_path), {"PHIEU_PORT": "8099"})
    assert stack.environment("web")["WEB_PORT"] == "8099"
    assert stack.environment("intake")["PUBLIC_URL"] == "http://localhost:8099"


def test_addresses_from_outside_are_passed_on_and_nothing_of_our_own_is_planned(tmp_path: Path) -> None:
    given = {KAFKA: "broker:9092", **{name: f"postgresql://{name.lower()}@elsewhere/db" for name in DSNS}}
    stack = Stack(Folder(path=tmp_path), given)
    assert stack.parts == []
    assert stack.environment("query")["QUERY_DSN"] == given["QUERY_DSN"]
    assert stack.environment("query")["KEYS_DSN"] == given["KEYS_READER_DSN"]
    assert stack.environment("intake")["KEYS_DSN"] == given["KEYS_DSN"]
    assert stack.environment("intake")[KAFKA] == "broker:9092"


@pytest.mark.parametrize("name", DSNS)
def test_one_missing_address_is_named(tmp_path: Path, name: str) -> None:
    given = {other: "postgresql://elsewhere/db" for other in DSNS if other != name}
    with pytest.raises(LocalError, match=f"missing: {name}"):
        Stack(Folder(path=tmp_path), given)


@pytest.mark.parametrize(("said", "port"), [("", 8080), ("8099", 8099)])
def test_an_empty_port_is_the_usual_one(said: str, port: int) -> None:
    assert public_port({"PHIEU_PORT": said}) == port


@pytest.mark.parametrize("said", ["http", "0", "70000", "-1", "80.5"])
def test_what_is_no_port_is_named(said: str) -> None:
    with pytest.raises(LocalError, match=f"PHIEU_PORT={said} is no port"):
        public_port({"PHIEU_PORT": said})


def test_every_brand_folder_is_a_place_to_go(stack: Stack) -> None:
    assert "congsoxanh" in stack.brands
    assert "README.md" not in stack.brands
