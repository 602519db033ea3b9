"""A brand changes its policy: what was answered before is answered again, what cannot be read stands aside."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
import pytest

from phieu_schemas.brand import PolicyActivated
from services.policy.loader import content_hash
from tests.integration.intake.declared import policy_of
from tests.integration.intake.running import FIELDS, Intake, eventually
from tests.integration.intake.test_messages import TEXT, slug_of, token

STATED: dict[str, Any] = json.loads(json.dumps(policy_of("congsoxanh").content))
FORM = STATED["forms"]["support_form"]


def policy_with(**forms: Any) -> PolicyActivated:
    """The brand's policy with these forms instead of its own."""
    content = STATED | {"forms": forms}
    return policy_of("congsoxanh").model_copy(update={"content": content, "hash": content_hash(content)})


def changed(**members: Any) -> PolicyActivated:
    """The brand's policy with these members of its form changed; None takes one away."""
    form = {name: value for name, value in (FORM | members).items() if value is not None}
    return policy_with(support_form=form)


def forms_of(intake: Intake, brand: str) -> list[dict[str, Any]]:
    """What the brand's forms ask for, once it has any."""
    answer = intake.http.get(f"/v1/intake/{brand}/forms")
    return list(answer.json()["forms"]) if answer.status_code == 200 else []


@pytest.fixture
def brand(intake: Intake) -> str:
    """A live brand of one's own."""
    name = f"b{uuid.uuid4().hex[:10]}"
    intake.declared.say(name, policy_of("congsoxanh"))
    eventually(lambda: forms_of(intake, name))
    return name


def post(intake: Intake, path: str, part: str, document: object, headers: dict[bytes, bytes]) -> httpx.Response:
    """A document with a file beside it."""
    parts: dict[str, Any] = {
        part: (None, json.dumps(document), "application/json"),
        "file": ("a.txt", TEXT, "text/plain"),
    }
    return intake.http.post(f"/v1/intake/{path}", files=parts, headers=headers)


def request(intake: Intake, brand: str, key: object, **changes: str) -> httpx.Response:
    """The form with a file."""
    form = {"form": "support_form", "fields": FIELDS | changes}
    return post(intake, f"{brand}/tickets", "ticket", form, intake.headers(key))


def test_a_request_gets_its_first_answer_whatever_the_policy_says_now(intake: Intake, brand: str) -> None:
    key = uuid.uuid4()
    first = request(intake, brand, key)
    assert first.status_code == 201, first.text
    intake.declared.say(brand, changed(attachments=None))
    eventually(lambda: forms_of(intake, brand)[0]["attachments"] is None)
    with intake.adding():
        assert request(intake, brand, key).content == first.content
        assert slug_of(request(intake, brand, uuid.uuid4())) == "file-not-taken"
    intake.declared.say(brand, policy_with(other_form=FORM))
    eventually(lambda: forms_of(intake, brand)[0]["id"] == "other_form")
    with intake.adding():
        again = request(intake, brand, key)
        assert (again.status_code, again.content) == (201, first.content)
        assert slug_of(request(intake, brand, key, content="Khác.")) == "idempotency-key-reused"
        assert slug_of(request(intake, brand, uuid.uuid4())) == "form-unknown"


def test_a_message_gets_its_first_answer_whatever_the_policy_says_now(intake: Intake, brand: str) -> None:
    ticket, key = request(intake, brand, uuid.uuid4()).json(), uuid.uuid4()
    path, headers = f"tickets/{ticket['ticket_id']}/messages", intake.headers(key, token(ticket))
    first = post(intake, path, "message", {}, headers)
    intake.declared.say(brand, changed(attachments=None))
    eventually(lambda: forms_of(intake, brand)[0]["attachments"] is None)
    with intake.adding():
        again = post(intake, path, "message", {}, headers)
    assert (again.status_code, again.content) == (201, first.content)


def test_a_field_of_another_type_makes_no_other_request(intake: Intake, brand: str) -> None:
    key = uuid.uuid4()
    first = request(intake, brand, key, name=" Hoa ")
    fields = [one | {"type": "long_text"} for one in FORM["fields"]]
    intake.declared.say(brand, changed(fields=fields))
    eventually(lambda: forms_of(intake, brand)[0]["fields"][0]["type"] == "long_text")
    assert request(intake, brand, key, name=" Hoa ").content == first.content


def test_a_brand_whose_policy_cannot_be_read_is_left_out_and_no_other(intake: Intake, brand: str) -> None:
    intake.declared.say(brand, changed(fields=[]))
    eventually(lambda: not forms_of(intake, brand))
    listed = intake.http.get("/v1/intake/brands")
    names = {one["brand"] for one in listed.json()["brands"]}
    assert (listed.status_code, brand in names, intake.brand in names) == (200, False, True)
    answer = intake.send(brand=brand)
    assert (answer.status_code, slug_of(answer)) == (503, "brand-not-live")
