"""A brand's folder loads whole, or says everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
import os
import runpy
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from starlette.routing import Route

from services.policy.__main__ import main
from services.policy.faults import Fault, PolicyNotLoadable
from services.policy.loader import RESERVED, content_hash, load_folder, parse
from services.web.app import application
from tests.unit.policy.sample import MISSING, SAMPLE, Content, changed, folder

BRANDS = Path("infra/brands")
PUBLISHED = sorted(path.parent for path in BRANDS.glob("*/policy.yaml"))


def faults_of(content: Content) -> dict[str, str]:
    """Path and text of every fault."""
    with pytest.raises(PolicyNotLoadable) as refused:
        parse(content)
    return {fault.path: fault.text for fault in refused.value.faults}


@pytest.mark.parametrize("brand", PUBLISHED, ids=lambda path: path.name)
def test_every_published_brand_loads(brand: Path) -> None:
    loaded = load_folder(brand)
    assert loaded.brand == brand.name
    assert loaded.format == "support-policy/1"
    assert loaded.version == f"{brand.name}-1"
    assert {"calendars", "gates", "clocks", "judgement"} <= loaded.content.keys()
    assert parse(loaded.content).rules


def test_there_are_published_brands() -> None:
    assert {path.name for path in PUBLISHED} >= {"congsoxanh", "azdigi"}


def test_the_form_of_cong_so_xanh_is_the_published_one() -> None:
    form = parse(load_folder(BRANDS / "congsoxanh").content).forms["support_form"]
    required = [field.label_vi for field in form.fields if field.required]
    assert required == ["Tên của bạn", "Địa chỉ Email", "Điện thoại", "Đơn vị", "Chức danh"]
    assert [field.label_vi for field in form.fields if not field.required] == ["Nội dung yêu cầu hỗ trợ"]
    assert form.empty_content == "warn"
    assert form.attachments is not None
    assert form.attachments.max_bytes_exclusive == 2 * 1024 * 1024
    assert form.attachments.extensions == (".pdf", ".doc", ".docx", ".xls", ".xlsx", ".txt")
    assert form.attachments.max_files == 1


def test_the_form_of_azdigi_offers_the_departments_of_its_channel() -> None:
    form = parse(load_folder(BRANDS / "azdigi").content).forms["ticket_form"]
    choice = form.field("department")
    assert choice is not None
    assert [option.value for option in choice.options] == ["ky_thuat", "kinh_doanh_thanh_toan"]


def test_a_copied_folder_is_another_brand_with_the_same_content(tmp_path: Path) -> None:
    shutil.copytree(BRANDS / "congsoxanh", tmp_path / "sixth-brand")
    copy, original = load_folder(tmp_path / "sixth-brand"), load_folder(BRANDS / "congsoxanh")
    assert copy.brand == "sixth-brand"
    assert copy.hash == original.hash
    assert copy.content == original.content


@pytest.mark.parametrize("name", ["_shared", "Mau", "a--b", "-a", "a-", "a_b", "a.b", "x" * 41])
def test_a_folder_whose_name_is_no_brand_id_is_refused(name: str, tmp_path: Path) -> None:
    place = folder(tmp_path, json.dumps(SAMPLE), brand=name)
    with pytest.raises(PolicyNotLoadable, match="a brand's id is"):
        load_folder(place)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_folder_named_like_an_address_of_the_platform_is_refused(name: str, tmp_path: Path) -> None:
    place = folder(tmp_path, json.dumps(SAMPLE), brand=name)
    with pytest.raises(PolicyNotLoadable, match=f"“{name}” cannot be a brand's id: the platform answers at /{name}"):
        load_folder(place)


def test_every_address_of_the_public_port_is_reserved() -> None:
    site, gateway = MagicMock(), MagicMock()
    taken = {route.path.split("/")[1] for route in application(site, gateway).routes if isinstance(route, Route)}
    assert {name for name in taken if name and not name.startswith("{")} == RESERVED


@pytest.mark.parametrize("name", ["a", "1", "a-b-c", "x" * 40])
def test_a_folder_whose_name_is_a_brand_id_loads(name: str, tmp_path: Path) -> None:
    assert load_folder(folder(tmp_path, json.dumps(SAMPLE), brand=name)).brand == name


def test_a_folder_without_its_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyNotLoadable, match=r"nothing/policy\.yaml: is not there"):
        load_folder(tmp_path / "nothing")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    place = folder(tmp_path, json.dumps(SAMPLE))
    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(PolicyNotLoadable, match="cannot be read: Permission denied"):
        load_folder(place)


def test_what_is_no_plain_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "mau").mkdir()
    os.mkfifo(tmp_path / "mau" / "policy.yaml")
    with pytest.raises(PolicyNotLoadable, match="is not there"):
        load_folder(tmp_path / "mau")


def test_a_folder_that_cannot_be_entered_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", fail)
    with pytest.raises(PolicyNotLoadable, match="cannot be read: Permission denied"):
        load_folder(tmp_path / "mau")


@pytest.mark.parametrize(
    ("status", "hours", "standing"),
    [
        ("active", -1, "due"),
        ("active", 0, "due"),
        ("active", 1, "scheduled"),
        ("draft", -1, "draft"),
        ("draft", 1, "draft"),
        ("retired", -1, "retired"),
    ],
)
def test_only_an_active_text_is_due_and_not_before_its_time(
    status: str, hours: int, standing: str, tmp_path: Path
) -> None:
    content = changed("version.status", status)
    loaded = load_folder(folder(tmp_path, json.dumps(content)))
    at = datetime.fromisoformat(content["version"]["effective_from"]) - timedelta(hours=hours)
    assert loaded.standing(at) == standing


def test_the_hash_is_over_canonical_json_and_ignores_the_order_of_keys() -> None:
    content = {"b": [1, "é"], "a": None}
    assert content_hash(content) == hashlib.sha256('{"a":null,"b":[1,"é"]}'.encode()).hexdigest()
    assert content_hash({"a": None, "b": [1, "é"]}) == content_hash(content)
    assert content_hash({"a": None, "b": ["é", 1]}) != content_hash(content)


def test_the_loaded_hash_is_that_of_its_content(tmp_path: Path) -> None:
    loaded = load_folder(folder(tmp_path, json.dumps(SAMPLE)))
    assert loaded.hash == content_hash(loaded.content)
    assert loaded.content == SAMPLE


def test_what_is_not_read_yet_is_carried_along(tmp_path: Path) -> None:
    place = folder(tmp_path, json.dumps(SAMPLE | {"clocks": [{"id": "x", "limit": 1}]}))
    assert load_folder(place).content["clocks"] == [{"id": "x", "limit": 1}]


def test_a_policy_answers_for_its_rules_and_channels() -> None:
    policy = parse(SAMPLE)
    rule = policy.rule("S9-01")
    assert rule is not None
    assert (rule.quote, rule.mode) == ("Xin điền đủ.", "enforce")
    assert policy.rule("S9-03") is None
    mailbox = policy.channel_of("email")
    assert mailbox is not None
    assert (mailbox[0], mailbox[1].address) == ("mailbox", "a@mau.vn")
    assert policy.channel_of("phone") is None


def test_a_choice_of_department_offers_each_department_of_its_channels_once() -> None:
    choice = parse(SAMPLE).forms["request"].field("department")
    assert choice is not None
    assert [(one.value, one.label_vi, one.label_en) for one in choice.options] == [
        ("sales", "Kinh doanh", "Sales"),
        ("support", "Kỹ thuật", "Kỹ thuật"),
        ("care", "Chăm sóc", "Care"),
    ]


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        ("format", "support-policy/2", "format"),
        ("brand.name", "", "brand.name"),
        ("brand.id", "mau", "brand.id"),
        ("brand.locale", "vietnamese", "brand.locale"),
        ("brand.timezone", "Asia/Saigon_City", "brand.timezone"),
        ("brand.timezone", "../etc/passwd", "brand.timezone"),
        ("brand.timezone", "Asia", "brand.timezone"),
        ("version.id", "Version 1", "version.id"),
        ("version.status", "live", "version.status"),
        ("version.effective_from", "2026-01-01T00:00:00", "version.effective_from"),
        ("rules", MISSING, "rules"),
        ("rules.0.mode", "maybe", "rules[0].mode"),
        ("rules.0.quote", MISSING, "rules[0].quote"),
        ("channels.page.kind", "fax", "channels.page.kind"),
        ("channels.page.departments", ["sales", "nobody"], "channels.page.departments"),
        ("categories.any.departments", ["nobody"], "categories.any.departments"),
        ("forms.request.rules.fields", "S9-77", "forms.request.rules"),
        ("forms.request.rules.attachments", "S9-77", "forms.request.rules"),
        ("forms.request.rules.form", ["S9-77"], "forms.request.rules"),
        ("forms.request.fields.0.rule", "S9-77", "forms.request.rules"),
        ("forms.request.rules.other", "S9-01", "forms.request.rules.other"),
        ("forms.request.fields", [], "forms.request.fields"),
        ("forms.request.fieldz", [], "forms.request.fieldz"),
        ("forms.request.empty_content", "shout", "forms.request.empty_content"),
        ("forms.request.fields.0.required", "yes", "forms.request.fields[0].required"),
        ("forms.request.fields.0.required", MISSING, "forms.request.fields[0].required"),
        ("forms.request.fields.0.type", "date", "forms.request.fields[0].type"),
        ("forms.request.fields.0.id", "Tên", "forms.request.fields[0].id"),
        ("forms.request.fields.0.labell", "x", "forms.request.fields[0].labell"),
        ("forms.request.fields.1.id", "name", "forms.request.fields"),
        ("forms.request.fields.3.id", "team", "forms.request.fields[3]"),
        ("forms.request.attachments.extensions", [".pdf", ".exe"], "forms.request.attachments.extensions[1]"),
        ("forms.request.attachments.extensions", [], "forms.request.attachments.extensions"),
        ("forms.request.attachments.max_bytes_exclusive", 0, "forms.request.attachments.max_bytes_exclusive"),
        ("forms.request.attachments.max_bytes_exclusive", 2097153, "forms.request.attachments.max_bytes_exclusive"),
        ("forms.request.attachments.max_files", 0, "forms.request.attachments.max_files"),
        ("forms.request.attachments.max_file", 1, "forms.request.attachments.max_file"),
    ],
)
def test_a_fault_is_named_with_its_place(path: str, value: object, at: str) -> None:
    assert list(faults_of(changed(path, value))) == [at]


def test_a_form_must_arrive_on_a_channel_of_the_brand() -> None:
    assert (
        faults_of(changed("forms.request.channel", "chat"))["forms.request.channel"]
        == "there is no kind of channel “chat”"
    )


def test_a_rule_given_twice_is_a_fault() -> None:
    assert faults_of(changed("rules.2", SAMPLE["rules"][0])) == {"rules": "“S9-01” is there 2 times"}


def test_a_choice_without_departments_offers_nothing() -> None:
    content = changed("channels.page.departments", [])
    content["channels"]["second_page"]["departments"] = []
    assert "nothing to choose from" in faults_of(content)["forms.request.fields[3]"]


@pytest.mark.parametrize("index", [0, 3])
def test_options_are_not_written_in_a_form(index: int) -> None:
    options = [{"value": "sales", "label_vi": "A", "label_en": "A"}]
    found = faults_of(changed(f"forms.request.fields.{index}.options", options))
    assert "options are not written in a form" in found[f"forms.request.fields[{index}]"]


def test_several_faults_are_told_at_once() -> None:
    content = changed("version.status", "live")
    content["brand"]["locale"] = "x"
    assert len(faults_of(content)) == 2
    content = changed("categories.any.departments", ["nobody"])
    content["forms"]["request"]["rules"] = {"fields": "S9-77", "attachments": "S9-78"}
    with pytest.raises(PolicyNotLoadable) as refused:
        parse(content, file="somewhere.yaml")
    assert refused.value.faults == (
        Fault(path="categories.any.departments", text="there is no department “nobody”"),
        Fault(path="forms.request.rules", text="there is no rule “S9-77”"),
        Fault(path="forms.request.rules", text="there is no rule “S9-78”"),
    )
    assert str(refused.value).splitlines()[0] == (
        "somewhere.yaml: categories.any.departments: there is no department “nobody”"
    )


def test_a_policy_cannot_be_changed_after_it_is_read() -> None:
    policy = parse(SAMPLE)
    with pytest.raises(ValueError, match="frozen"):
        policy.brand.name = "x"  # type: ignore[misc]  # what the type checker sees, the running program must refuse too
    with pytest.raises(AttributeError):
        policy.forms["request"].channel = "x"  # type: ignore[misc]  # a dataclass refuses it with another error


def test_the_command_says_which_folders_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = folder(tmp_path, json.dumps(SAMPLE)), folder(tmp_path, "{}", brand="bad")
    assert main([str(good)]) == 0
    assert main([str(good), str(bad)]) == 1
    assert main([]) == 0
    said = capsys.readouterr()
    assert said.out.count("mau: mau-1 loads, ") == 2
    assert "bad/policy.yaml: format: Field required" in said.err


def test_the_command_is_a_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["services.policy", str(BRANDS / "azdigi")])
    with pytest.raises(SystemExit) as left:
        runpy.run_path("services/policy/__main__.py", run_name="__main__")
    assert left.value.code == 0
    assert "azdigi: azdigi-1 loads" in capsys.readouterr().out
