"""A part goes away: what can go on goes on, the rest is refused in bounded time, and all of it heals by itself."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pytest

from tests.integration.intake.away import keys_away
from tests.integration.intake.running import Intake, eventually
from tests.integration.intake.test_messages import TEXT, slug_of, token, write_with_file

BOUND_SECONDS, SILENT_SECONDS = 15.0, 25.0


@pytest.fixture(autouse=True)
def _ready_before_and_after(intake: Intake) -> Iterator[None]:
    eventually(lambda: intake.readiness() == (200, {}), 60)
    yield
    eventually(lambda: intake.readiness() == (200, {}), 60)


def must_be_503(answer: httpx.Response, slug: str) -> None:
    """Come again later."""
    assert (answer.status_code, slug_of(answer)) == (503, slug)
    assert int(answer.headers["retry-after"]) > 0


# --- the key store ---


def test_with_the_keys_away_stock_and_known_keys_go_on(intake: Intake) -> None:
    ticket = intake.sent()
    with keys_away(intake.stack):
        assert intake.sent()["number"]
        assert intake.write(ticket["ticket_id"], token(ticket)).status_code == 201
        assert write_with_file(intake, ticket, TEXT, "a.txt").status_code == 201
        assert intake.readiness() == (200, {})
    assert intake.sent()["number"]


def test_with_the_keys_away_and_none_left_it_says_so(intake: Intake) -> None:
    ticket, key = intake.sent(), uuid.uuid4()
    first = intake.send(key=key)
    with keys_away(intake.stack):
        used_up(intake)
        must_be_503(intake.send(), "keys-away")
        assert intake.send(key=key).content == first.content
        assert intake.readiness() == (503, {"key stock": "no fresh keys at hand"})
        assert intake.write(ticket["ticket_id"], token(ticket)).status_code == 201
    eventually(lambda: intake.send().status_code == 201)


def used_up(intake: Intake) -> None:
    """Draw every key of the stock."""
    with ThreadPoolExecutor(32) as pool:
        while not all(pool.map(lambda _: intake.send().status_code == 503, range(200))):
            continue


# --- Postgres ---


def test_with_postgres_away_it_says_so_and_heals(intake: Intake) -> None:
    assert intake.stack.postgres is not None
    ticket = intake.sent()
    intake.stack.postgres.stop()
    try:
        for _ in range(3):
            began = time.monotonic()
            must_be_503(intake.send(), "store-away")
            must_be_503(intake.write(ticket["ticket_id"], token(ticket)), "store-away")
            assert time.monotonic() - began < BOUND_SECONDS
        status, waiting = intake.readiness()
        assert (status, "postgres" in waiting) == (503, True)
    finally:
        intake.stack.postgres.start()
    eventually(lambda: intake.send().status_code == 201, 30)
    assert intake.process.is_alive


def test_a_request_that_met_a_dead_postgres_is_taken_once_when_tried_again(intake: Intake) -> None:
    assert intake.stack.postgres is not None
    keys = [intake.headers()[b"Idempotency-Key"].decode() for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        first = pool.map(lambda key: intake.send(key=key).status_code, keys)
        time.sleep(0.05)
        intake.stack.postgres.kill()
        assert set(first) <= {201, 503}
        intake.stack.postgres.start()
        eventually(lambda: intake.send().status_code == 201, 30)
        answers = [intake.send(key=key) for key in keys]
    assert {answer.status_code for answer in answers} == {201}
    tickets = [answer.json()["ticket_id"] for answer in answers]
    (found,) = intake.rows("SELECT count(*) FROM events WHERE subject = ANY (%s)", tickets)
    assert found == (len(keys),)


def test_a_silent_postgres_is_given_up_in_bounded_time(intake: Intake) -> None:
    ticket = intake.sent()
    assert intake.stack.postgres is not None
    intake.stack.postgres.pause()
    try:
        for ask in (intake.send, partial(intake.write, ticket["ticket_id"], intake.key.text)):
            began = time.monotonic()
            must_be_503(ask(), "store-away")
            assert time.monotonic() - began < SILENT_SECONDS
    finally:
        intake.stack.postgres.resume()
    eventually(lambda: intake.send().status_code == 201, 60)


# --- Kafka ---


def test_with_kafka_away_requests_are_taken_and_flow_on_later(intake: Intake) -> None:
    assert intake.stack.kafka is not None
    intake.stack.kafka.stop()
    try:
        tickets = {intake.sent()["ticket_id"] for _ in range(20)}
    finally:
        intake.stack.kafka.start()
    found = intake.published(until=lambda events: tickets <= {one.envelope.subject for one in events})
    ids = {(one.envelope.subject, one.envelope.sequence, one.envelope.id) for one in found}
    assert sum(subject in tickets for subject, _, _ in ids) == len(tickets)
