"""API keys: of one brand, for some scopes, for a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from phieu_schemas.ticket import Received
from tests.integration.intake.declared import ApiKey
from tests.integration.intake.running import Intake, eventually
from tests.integration.intake.test_messages import slug_of, token


def test_a_program_of_the_brand_may_send_and_it_is_told(intake: Intake) -> None:
    answer = intake.send(bearer=intake.key.text)
    assert answer.status_code == 201
    ticket_id = answer.json()["ticket_id"]
    events = intake.published(until=lambda found: ticket_id in {one.envelope.subject for one in found})
    (fact,) = [one.fact for one in events if one.envelope.subject == ticket_id]
    assert isinstance(fact, Received)
    assert (fact.channel, fact.channel_kind) == ("support_centre", "api")


def test_a_key_of_another_brand_may_not(intake: Intake, other_key: ApiKey) -> None:
    with intake.adding():
        answer = intake.send(bearer=other_key.text)
    assert (answer.status_code, slug_of(answer)) == (403, "not-allowed")


@pytest.mark.parametrize("scopes", [(), ("tickets:read",), ("tickets:erase", "tickets:read")])
def test_a_key_without_the_scope_writes_nothing(intake: Intake, scopes: tuple[str, ...]) -> None:
    key, ticket = ApiKey(scopes=scopes), intake.sent()
    intake.declared.say(intake.brand, key.issued())
    eventually(lambda: slug_of(intake.send(bearer=key.text)) == "not-allowed")
    with intake.adding():
        answers = [intake.send(bearer=key.text), intake.write(ticket["ticket_id"], key.text)]
    assert [slug_of(answer) for answer in answers] == ["not-allowed"] * 2


def test_a_key_that_writes_does_not_erase(intake: Intake) -> None:
    key, ticket = ApiKey(scopes=("tickets:write",)), intake.sent()
    intake.declared.say(intake.brand, key.issued())
    eventually(lambda: intake.send(bearer=key.text).status_code == 201)
    with intake.adding():
        answer = intake.erase(key.text, ticket_id=ticket["ticket_id"])
    assert (answer.status_code, slug_of(answer)) == (403, "not-allowed")


def test_a_key_ends_when_its_time_is_over(intake: Intake) -> None:
    key = ApiKey(lives=timedelta(seconds=5))
    intake.declared.say(intake.brand, key.issued())
    eventually(lambda: intake.send(bearer=key.text).status_code == 201)
    eventually(lambda: intake.send(bearer=key.text).status_code == 401)


def test_a_key_ends_when_it_is_taken_back(intake: Intake) -> None:
    key = ApiKey()
    intake.declared.say(intake.brand, key.issued())
    eventually(lambda: intake.send(bearer=key.text).status_code == 201)
    intake.declared.say(intake.brand, key.revoked())
    eventually(lambda: intake.send(bearer=key.text).status_code == 401)


def test_a_key_that_was_never_issued_opens_nothing(intake: Intake) -> None:
    wrong_secret = ApiKey(key_id=intake.key.key_id)
    for made_up in (wrong_secret.text, ApiKey().text, intake.key.text[:-1], "phk_", "nobody", token(intake.sent())):
        with intake.adding():
            answer = intake.send(bearer=made_up)
        assert (answer.status_code, slug_of(answer)) == (401, "api-key-not-valid"), made_up


def test_erasing_needs_a_key(intake: Intake) -> None:
    ticket = intake.sent()
    for bearer, slug in ((token(ticket), "api-key-not-valid"), (ApiKey().text, "api-key-not-valid")):
        assert slug_of(intake.erase(bearer, ticket_id=ticket["ticket_id"])) == slug
    nobody = intake.http.post("/v1/intake/erasures", json={"ticket_id": ticket["ticket_id"]}, headers=intake.headers())
    assert (nobody.status_code, slug_of(nobody)) == (401, "not-authenticated")
