"""A request comes in: once, durable, with a number and a link."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor

from stdnum import damm

from phieu_schemas.ticket import Received
from tests.integration.intake.running import FIELDS, Intake, fresh_address

LINK = re.compile(r"https://phieu\.example/r/[A-Za-z0-9_-]{43}")


def test_a_request_becomes_a_ticket_on_the_log(intake: Intake) -> None:
    answer = intake.sent()
    found = intake.published(until=lambda events: answer["ticket_id"] in {one.envelope.subject for one in events})
    (event,) = [one for one in found if one.envelope.subject == answer["ticket_id"]]
    assert isinstance(event.fact, Received)
    assert (event.fact.number, event.envelope.sequence) == (answer["number"], 1)
    assert event.envelope.time.isoformat() == answer["accepted_at"]
    assert answer["read_token"] == f"intake/1/{answer['ticket_id']}"


def test_the_same_twice_is_one_ticket_byte_for_byte(intake: Intake) -> None:
    key, address = uuid.uuid4(), fresh_address()
    with intake.adding(events=1, ticket=1, idempotency=1):
        first, again = (intake.send(key=key, email=address) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.status_code == 201


def test_twins_in_flight_get_one_answer(intake: Intake) -> None:
    key, address = uuid.uuid4(), fresh_address()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: intake.send(key=key, email=address), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1


def test_another_body_under_one_key_is_refused_and_the_first_answer_stays(intake: Intake) -> None:
    key = uuid.uuid4()
    first = intake.send(key=key)
    other = intake.send(key=key, content="Một yêu cầu khác.")
    assert (other.status_code, other.json()["type"]) == (422, "urn:phieu:problem:idempotency-key-reused")
    assert intake.send(key=key).content == first.content


def test_values_that_are_recorded_alike_are_one_request(intake: Intake) -> None:
    key = uuid.uuid4()
    composed = intake.send(key=key, name="Hòa", content="a\nb")
    decomposed = intake.send(key=key, name="  Ho\u0300a ", content="a\r\nb")
    assert composed.content == decomposed.content


def test_the_key_of_another_caller_is_another_key(intake: Intake) -> None:
    key = uuid.uuid4()
    anonymous, program = intake.send(key=key), intake.send(key=key, bearer=intake.key.text)
    assert anonymous.json()["ticket_id"] != program.json()["ticket_id"]


def test_a_refusal_is_recorded_and_given_again(intake: Intake) -> None:
    key = uuid.uuid4()
    first, again = (intake.send(key=key, email="nobody") for _ in range(2))
    assert (first.status_code, first.json()["type"]) == (422, "urn:phieu:problem:form-not-valid")
    assert first.content == again.content
    mended = intake.send(key=key, email="hoa@example.vn")
    assert mended.json()["type"] == "urn:phieu:problem:idempotency-key-reused"


def test_a_refused_form_names_each_field_and_quotes_the_rule(intake: Intake) -> None:
    refused = intake.send(email="nobody", name=" ", phone="12").json()
    assert {one["field"]: one["slug"] for one in refused["errors"]} == {
        "email": "email",
        "name": "required",
        "phone": "phone",
    }
    assert refused["rule"]["quote"].startswith("Tên của bạn (yêu cầu)")


def test_numbers_have_ten_digits_that_check_and_are_never_given_twice(intake: Intake) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = [answer["number"] for answer in pool.map(lambda _: intake.sent(), range(200))]
    assert len(set(numbers)) == 200
    assert all(re.fullmatch("[1-9][0-9]{9}", number) and damm.is_valid(number) for number in numbers)


def test_the_link_is_nowhere_stored(intake: Intake) -> None:
    answer = intake.sent()
    assert LINK.fullmatch(answer["link"])
    token = answer["link"].rpartition("/")[2]
    (data,) = intake.rows("SELECT data FROM events WHERE subject = %s", answer["ticket_id"])[0]
    assert token.encode() not in data


def test_what_was_typed_lies_nowhere_in_the_clear(intake: Intake) -> None:
    word = f"bimat{uuid.uuid4().hex}"
    answer = intake.sent(name=word, content=word)
    stored = intake.rows("SELECT data FROM events WHERE subject = %s", answer["ticket_id"])
    answers = intake.rows("SELECT body FROM idempotency WHERE subject = %s", answer["ticket_id"])
    assert len(stored) == len(answers) == 1
    assert all(word.encode() not in row[0] for row in [*stored, *answers])
    assert word not in intake.log


def test_an_empty_content_is_let_in(intake: Intake) -> None:
    assert intake.send(content="").status_code == 201


def test_one_address_is_one_requester_within_its_brand(intake: Intake) -> None:
    address = fresh_address()
    tickets = [intake.sent(email=one)["ticket_id"] for one in (address, address.upper(), f" {address} ")]
    found = intake.rows("SELECT DISTINCT requester_id FROM ticket WHERE ticket_id = ANY (%s)", tickets)
    assert len(found) == 1


def test_the_form_is_told_as_the_policy_states_it(intake: Intake) -> None:
    shown = intake.http.get(f"/v1/intake/{intake.brand}/forms").json()
    (form,) = shown["forms"]
    assert shown["mail"] == "info@congsoxanh.com"
    assert [field["id"] for field in form["fields"] if field["required"]] == list(FIELDS)[:5]
    assert form["empty_content"] == "warn"
    assert form["attachments"]["max_bytes_exclusive"] == 2 * 1024 * 1024
