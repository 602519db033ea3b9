"""Whom a request is from, what makes two requests the same, and which policy they are judged by."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from phieu_schemas.fold import Brand, evolve_brand
from phieu_schemas.testing import policy_activated
from services.intake.adapters.bodies import Upload
from services.intake.adapters.policies import Policies
from services.intake.api.messages import form_with_files
from services.intake.api.said import fingerprint
from services.intake.api.tickets import address_of, room_for_files
from services.policy.form import FormField, recorded
from services.runtime.errors import Refused
from tests.unit.intake.commanded import POLICY, policy_with
from tests.unit.policy.sample import MISSING, SAMPLE, changed

FORM = POLICY.forms["request"]
SAID: dict[str, Any] = {"form": "request", "fields": {"name": "Hoa"}, "language": "vi", "uploads": ()}


def declared(*contents: dict[str, Any]) -> Brand:
    """A brand that put these policies in force, one after the other."""
    brand = Brand(brand="mau")
    for sequence, content in enumerate(contents, start=1):
        brand = evolve_brand(brand, policy_activated("mau", sequence=sequence, content=content))
    return brand


def test_a_request_is_from_its_first_address() -> None:
    second = FormField(id="copy_to", label_vi="Gửi thêm", required=False, type="email")
    form = dataclasses.replace(FORM, fields=(*FORM.fields, second))
    assert address_of(form, {"phone": "0975", "copy_to": "b@example.vn", "email": "a@example.vn"}) == "a@example.vn"
    assert address_of(form, {"phone": "0975", "copy_to": "b@example.vn", "email": ""}) == "b@example.vn"


def test_without_an_address_a_request_is_from_its_telephone() -> None:
    assert address_of(FORM, {"phone": "0975 674 781"}) == "0975 674 781"


def test_without_both_a_request_is_from_nobody_known() -> None:
    assert address_of(FORM, {"name": "Hoa"}) == ""


def test_the_order_of_fields_makes_no_other_request() -> None:
    one, other = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    assert fingerprint(**(SAID | {"fields": one})) == fingerprint(**(SAID | {"fields": other}))


@pytest.mark.parametrize(
    "change",
    [
        {"form": "complaint"},
        {"fields": {"name": "Hoà"}},
        {"fields": {"nameHoa": ""}},
        {"fields": {"name": "Hoa", "phone": ""}},
        {"language": "en"},
        {"uploads": (Upload("a.pdf", b"%PDF-"),)},
    ],
    ids=str,
)
def test_anything_else_makes_another_request(change: dict[str, Any]) -> None:
    assert fingerprint(**SAID) != fingerprint(**(SAID | change))


@pytest.mark.parametrize("other", [Upload("b.pdf", b"1"), Upload("a.pdf", b"2")])
def test_another_file_makes_another_request(other: Upload) -> None:
    assert fingerprint(**(SAID | {"uploads": (Upload("a.pdf", b"1"),)})) != fingerprint(
        **(SAID | {"uploads": (other,)})
    )


def test_the_last_policy_is_in_force() -> None:
    brand = declared(SAMPLE, changed("version.id", "mau-2"))
    assert Policies().of(brand).version.id == "mau-2"


def test_a_policy_is_parsed_once() -> None:
    policies = Policies()
    assert policies.of(declared(SAMPLE)) is policies.of(declared(changed("version.id", "mau-2"), SAMPLE))


def test_a_brand_without_a_policy_is_not_live() -> None:
    with pytest.raises(Refused) as caught:
        Policies().of(Brand(brand="mau"))
    assert caught.value.slug == "brand-not-live"


def test_a_policy_that_cannot_be_read_here_is_not_live() -> None:
    unreadable = declared(changed("forms", {"request": {"fields": []}}))
    policies = Policies()
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            policies.of(unreadable)
        assert caught.value.slug == "brand-not-live"


def test_a_message_takes_the_files_that_the_forms_take() -> None:
    assert form_with_files(POLICY) is POLICY.forms["request"]
    assert form_with_files(policy_with("forms.request.attachments", MISSING)) is None


def test_a_body_has_room_for_the_files_of_the_most_generous_form() -> None:
    assert room_for_files(POLICY) == 1000
    assert room_for_files(policy_with("forms.request.attachments.max_files", 3)) == 3000
    assert room_for_files(policy_with("forms.request.attachments", MISSING)) == 0


def test_a_request_is_the_same_whatever_type_a_policy_gives_its_fields() -> None:
    typed = {"name": "  Ho\u0300a\u00a0 ", "content": "a\r\nb\n"}
    fields = [FORM.normalise(typed), {name: recorded(value, lines=True) for name, value in typed.items()}, typed]
    assert len({fingerprint(**(SAID | {"fields": one})) for one in fields}) == 1
