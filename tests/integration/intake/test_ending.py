"""SIGTERM under load: what was accepted is there, what was not is said so, and the process ends well."""

from __future__ import annotations

import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.integration.intake.running import FIELDS, Intake, eventually


class Sender:
    """Customers who send until they are told to stop, and remember what they were told."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.told: dict[str, httpx.Response | None] = {}
        self.enough = threading.Event()

    def send(self) -> None:
        """Send one request after another."""
        while not self.enough.is_set():
            key = str(uuid.uuid4())
            self.told[key] = None
            try:
                self.told[key] = self.again(key)
            except httpx.TransportError:
                self.enough.wait(0.01)

    def again(self, key: str) -> httpx.Response:
        """Send the request of this key."""
        return self.intake.send(key=key, email=f"{key}@example.vn")

    @property
    def accepted(self) -> dict[str, str]:
        """Ticket ids by key."""
        told = list(self.told.items())
        return {key: answer.json()["ticket_id"] for key, answer in told if answer and answer.status_code == 201}


def test_nothing_that_was_accepted_is_lost(intake: Intake) -> None:
    sender = Sender(intake)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(sender.send)
        eventually(lambda: len(sender.accepted) > 100)
        ending = intake.process.child
        assert ending is not None
        ending.send_signal(signal.SIGTERM)
        assert ending.wait(30) == 0
        time.sleep(0.2)
        sender.enough.set()
    intake.process.start()
    assert {told.status_code for told in sender.told.values() if told} <= {201, 503}
    accepted = set(sender.accepted.values())
    events = intake.published(until=lambda found: accepted <= {one.envelope.subject for one in found})
    assert accepted <= {one.envelope.subject for one in events}
    for key in [key for key, told in sender.told.items() if told is None][:20]:
        assert sender.again(key).status_code == 201
    (doubled,) = intake.rows("SELECT count(*) - count(DISTINCT subject) FROM events WHERE sequence = 1")
    assert doubled == (0,)


def test_a_repeated_request_after_the_restart_gets_the_first_answer(intake: Intake) -> None:
    key = uuid.uuid4()
    first = intake.send(key=key)
    assert intake.process.stop()
    assert intake.process.exit_code == 0
    intake.process.start()
    assert intake.send(key=key).content == first.content
    assert FIELDS["name"] not in intake.log
