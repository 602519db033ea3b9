"""A person asks that their data be gone: keys, objects and answers go, everything else stays."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from phieu_schemas.ticket import Erased
from tests.integration.intake.away import keys_away
from tests.integration.intake.declared import ApiKey
from tests.integration.intake.running import FIELDS, Intake, eventually, fresh_address
from tests.integration.intake.test_messages import TEXT, slug_of, token, write_with_file


def keys_of(intake: Intake, *tickets: dict[str, str]) -> list[bool]:
    """Whether each ticket's key is still there."""
    ids = [ticket["ticket_id"] for ticket in tickets]
    found = intake.rows(
        "SELECT key_id FROM ticket WHERE ticket_id = ANY (%s) ORDER BY array_position(%s, ticket_id)", ids, ids
    )
    with psycopg.connect(intake.stack.values["KEYS_DSN"]) as store:
        question = "SELECT wrapped IS NOT NULL FROM key WHERE key_id = %s"
        return [bool((store.execute(question, row).fetchone() or (False,))[0]) for row in found]


def remembered(intake: Intake, ticket: dict[str, str]) -> int:
    """Answers that are kept about a ticket."""
    return len(intake.rows("SELECT 1 FROM idempotency WHERE subject = %s", ticket["ticket_id"]))


def test_every_ticket_of_an_address_is_erased_and_nobody_else_is_touched(intake: Intake) -> None:
    address = fresh_address()
    first, second, other = intake.sent(email=address), intake.sent(email=f" {address.upper()}"), intake.sent()
    for ticket in (first, other):
        assert write_with_file(intake, ticket, TEXT, "a.txt").status_code == 201
    answer = intake.erase(email=address)
    assert answer.status_code == 200
    assert (sorted(answer.json()["erased"]), answer.json()["pending"]) == (
        sorted([first["ticket_id"], second["ticket_id"]]),
        [],
    )
    assert keys_of(intake, first, second, other) == [False, False, True]
    assert [len(intake.objects(ticket["ticket_id"])) for ticket in (first, second, other)] == [0, 0, 1]
    assert [remembered(intake, ticket) for ticket in (first, second, other)] == [0, 0, 2]


def test_an_erasure_is_said_on_the_log(intake: Intake) -> None:
    ticket = intake.sent()
    assert intake.erase(ticket_id=ticket["ticket_id"]).json() == {"erased": [ticket["ticket_id"]], "pending": []}
    wanted = (ticket["ticket_id"], 2)
    events = intake.published(
        until=lambda found: wanted in [(one.envelope.subject, one.envelope.sequence) for one in found]
    )
    (said,) = [one.fact for one in events if (one.envelope.subject, one.envelope.sequence) == wanted]
    assert said == Erased(reason="requested")


def test_asking_twice_erases_once(intake: Intake) -> None:
    ticket = intake.sent()
    with intake.adding(events=1, idempotency=1):  # two requests are recorded, the ticket's own answer goes
        answers = [intake.erase(ticket_id=ticket["ticket_id"]) for _ in range(2)]
    assert answers[0].content == answers[1].content


def test_an_erasure_delivered_again_spares_what_was_written_since(intake: Intake) -> None:
    address, key = fresh_address(), uuid.uuid4()
    old = intake.sent(email=address)
    first = intake.erase(key=key, email=address)
    new = intake.sent(email=address)
    again = intake.erase(key=key, email=f" {address.upper()}")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert keys_of(intake, old, new) == [False, True]


def test_an_erasure_that_found_nobody_finds_nobody_later(intake: Intake) -> None:
    address, key = fresh_address(), uuid.uuid4()
    assert slug_of(intake.erase(key=key, email=address)) == "ticket-not-found"
    new = intake.sent(email=address)
    assert slug_of(intake.erase(key=key, email=address)) == "ticket-not-found"
    assert keys_of(intake, new) == [True]


def test_another_erasure_under_one_key_is_refused(intake: Intake) -> None:
    first, other, key = intake.sent(), intake.sent(), uuid.uuid4()
    assert intake.erase(key=key, ticket_id=first["ticket_id"]).status_code == 200
    refused = intake.erase(key=key, ticket_id=other["ticket_id"])
    assert (refused.status_code, slug_of(refused)) == (422, "idempotency-key-reused")
    assert keys_of(intake, other) == [True]


def test_an_erasure_that_cannot_finish_holds_up_no_other(intake: Intake) -> None:
    stuck, other = intake.sent(), intake.sent()
    with event_in_the_way(intake, stuck["ticket_id"]):
        assert intake.erase(ticket_id=stuck["ticket_id"]).json()["pending"] == [stuck["ticket_id"]]
        assert keys_of(intake, stuck) == [False]
        assert intake.erase(ticket_id=other["ticket_id"]).status_code == 200
        assert intake.process.is_alive
    eventually(lambda: not intake.rows("SELECT 1 FROM erasure"), 60)
    assert intake.write(stuck["ticket_id"], token(stuck)).status_code == 410


@contextmanager
def event_in_the_way(intake: Intake, ticket_id: str) -> Iterator[None]:
    """The ticket's next sequence is taken: no event of it can be stored."""
    insert = """INSERT INTO events (event_id, brand, subject, sequence, type, accepted_at, facts, data)
        VALUES (gen_random_uuid(), %s, %s, 2, '', now(), 1, '')"""
    with psycopg.connect(intake.stack.values["INTAKE_DSN"], autocommit=True) as connection:
        connection.execute(insert, (intake.brand, ticket_id))
        try:
            yield
        finally:
            connection.execute("DELETE FROM events WHERE subject = %s AND sequence = 2", (ticket_id,))


def test_a_person_with_hundreds_of_tickets_is_erased_like_any_other(intake: Intake) -> None:
    address, key = fresh_address(), uuid.uuid4()
    with ThreadPoolExecutor(16) as pool:
        tickets = sorted(one["ticket_id"] for one in pool.map(lambda _: intake.sent(email=address), range(400)))
    began = time.monotonic()
    answer = intake.erase(key=key, email=address)
    assert answer.status_code in {200, 202}
    assert time.monotonic() - began < 10
    eventually(lambda: intake.erase(key=key, email=address).json() == {"erased": tickets, "pending": []}, 60)
    (left,) = intake.rows("SELECT count(*) FROM ticket WHERE ticket_id = ANY (%s) AND erased_at IS NULL", tickets)
    assert left == (0,)


def test_an_erasure_is_asked_for_in_json(intake: Intake) -> None:
    body = json.dumps({"ticket_id": intake.sent()["ticket_id"]}).encode()
    headers = intake.headers(bearer=intake.key.text) | {b"Content-Type": b"text/plain"}
    answer = intake.http.post("/v1/intake/erasures", content=body, headers=headers)
    assert (answer.status_code, slug_of(answer)) == (415, "type-not-supported")


def test_an_erased_ticket_takes_no_more_messages(intake: Intake) -> None:
    ticket = intake.sent()
    intake.erase(ticket_id=ticket["ticket_id"])
    with intake.adding():
        for bearer in (token(ticket), intake.key.text):
            answer = intake.write(ticket["ticket_id"], bearer)
            assert (answer.status_code, slug_of(answer)) == (410, "ticket-erased")


def test_a_person_may_come_back(intake: Intake) -> None:
    address = fresh_address()
    first = intake.sent(email=address)
    intake.erase(email=address)
    again = intake.sent(email=address)
    assert keys_of(intake, first, again) == [False, True]


def test_a_request_repeated_after_its_erasure_brings_nothing_back(intake: Intake) -> None:
    form = json.dumps({"form": "support_form", "fields": FIELDS}).encode()
    parts = {"ticket": (None, form, "application/json"), "file": ("a.txt", TEXT, "text/plain")}
    path, headers = f"/v1/intake/{intake.brand}/tickets", intake.headers()
    first = intake.http.post(path, files=parts, headers=headers)
    intake.erase(ticket_id=first.json()["ticket_id"])
    with intake.adding():
        again = intake.http.post(path, files=parts, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert keys_of(intake, first.json()) == [False]


def test_another_brand_erases_nothing_here(intake: Intake, other_key: ApiKey) -> None:
    address = fresh_address()
    ticket = intake.sent(email=address)
    with intake.adding(idempotency=2):
        for whom in ({"ticket_id": ticket["ticket_id"]}, {"email": address}):
            answer = intake.erase(other_key.text, **whom)
            assert (answer.status_code, slug_of(answer)) == (404, "ticket-not-found")
    assert keys_of(intake, ticket) == [True]


@pytest.mark.parametrize(
    "whom", [{}, {"email": "a@b.vn", "ticket_id": str(uuid.uuid4())}, {"ticket_id": "1"}, {"x": ""}]
)
def test_an_erasure_names_one_person_or_one_ticket(intake: Intake, whom: dict[str, str]) -> None:
    with intake.adding():
        answer = intake.erase(**whom)
    assert (answer.status_code, slug_of(answer)) == (400, "body-not-valid")


def test_with_the_keys_away_an_erasure_is_kept_and_finished_later(intake: Intake) -> None:
    ticket = intake.sent()
    with keys_away(intake.stack):
        answer = intake.erase(ticket_id=ticket["ticket_id"])
        assert (answer.status_code, answer.json()) == (202, {"erased": [], "pending": [ticket["ticket_id"]]})
        assert intake.rows("SELECT 1 FROM erasure WHERE ticket_id = %s", ticket["ticket_id"])
    eventually(lambda: keys_of(intake, ticket) == [False])
    eventually(lambda: not intake.rows("SELECT 1 FROM erasure"))
    assert intake.write(ticket["ticket_id"], token(ticket)).status_code == 410


def test_an_erasure_cut_short_by_a_kill_is_finished_after_the_restart(intake: Intake) -> None:
    ticket = intake.sent()
    write_with_file(intake, ticket, TEXT, "a.txt")
    with keys_away(intake.stack):
        assert intake.erase(ticket_id=ticket["ticket_id"]).status_code == 202
        intake.process.kill()
    intake.process.start()
    eventually(lambda: keys_of(intake, ticket) == [False] and not intake.rows("SELECT 1 FROM erasure"))
    assert intake.objects(ticket["ticket_id"]) == []
    (said,) = intake.rows("SELECT type FROM events WHERE subject = %s AND sequence = 3", ticket["ticket_id"])
    assert said == (Erased.wire_type,)
