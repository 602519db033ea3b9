"""Whose a ticket is: one person, however their address or number is spelled."""

from __future__ import annotations

import uuid

from tests.integration.intake.declared import ApiKey
from tests.integration.intake.running import Intake, eventually
from tests.integration.intake.test_messages import slug_of
from tests.integration.intake.test_policy_changes import FORM, changed, forms_of


def test_an_address_is_erased_in_whatever_script_it_is_asked_for(intake: Intake) -> None:
    name = f"a{uuid.uuid4().hex}"
    tickets = [intake.sent(email=f"{name}@{domain}")["ticket_id"] for domain in ("thư-viện.vn", "THƯ-VIỆN.VN")]
    answer = intake.erase(email=f"{name}@xn--th-vin-4zb3960d.vn")
    assert (answer.status_code, answer.json()) == (200, {"erased": sorted(tickets), "pending": []})


def test_who_gave_a_number_only_is_erased_by_it(intake: Intake) -> None:
    brand, key = f"b{uuid.uuid4().hex[:10]}", ApiKey()
    fields = [one for one in FORM["fields"] if one.get("type") != "email"]
    intake.declared.say(brand, changed(fields=fields), key.issued())
    eventually(lambda: forms_of(intake, brand))
    numbers = ("0912 345 678", "(+84) 912.345.678", "0912 345 679")
    one, same, other = [sent_by(intake, brand, number) for number in numbers]
    answer = intake.erase(key.text, phone="84912345678")
    assert (answer.status_code, answer.json()) == (200, {"erased": sorted([one, same]), "pending": []})
    assert intake.rows("SELECT 1 FROM ticket WHERE ticket_id = %s AND erased_at IS NULL", other)
    assert slug_of(intake.erase(key.text, phone="0912 345 670")) == "ticket-not-found"


def sent_by(intake: Intake, brand: str, number: str) -> str:
    """The ticket of whoever has this number."""
    fields = {"name": "Hoa", "phone": number, "organisation": "Sen", "job_title": "Kế toán"}
    body = {"form": "support_form", "fields": fields}
    answer = intake.http.post(f"/v1/intake/{brand}/tickets", json=body, headers=intake.headers())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket_id"])
