"""What was sealed and stored for a request that was answered with another's answer is taken back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from phieu_schemas.fold import Brand
from phieu_schemas.testing import NOON
from services.intake.adapters.bodies import MessageBody, TicketBody, Upload
from services.intake.api.messages import Addition
from services.intake.api.said import Said
from services.intake.api.tickets import Submission
from services.intake.decide import add_message, submit
from services.intake.state import INITIAL, Ticket
from services.intake.store import Known
from services.runtime.ask import Answer
from tests.unit.intake.commanded import FIELDS, NUMBER, policy_with

POLICY = policy_with("forms.request.attachments.extensions", [".txt"])
FILE = Upload("a.txt", b"words")
ELSEWHERE = Answer(201, b"what another process answered")


class Door:
    """The parts that a request meets; a rival may take its key in another process."""

    def __init__(self, rival: bool) -> None:
        self.rival = rival
        self.stored: set[str] = set()
        self.keys: list[Any] = []
        self.public_url = "https://phieu.example"
        self.key_id, self.cipher = uuid4(), AESGCM(AESGCM.generate_key(256))
        self.stock = SimpleNamespace(draw=lambda: (self.key_id, self.cipher), put_back=self.keys.append)
        self.ring = self.objects = self.brands = self

    async def brand_key(self, *_: str, make: bool) -> bytes:
        return bytes(32)

    async def find(self, _: object) -> dict[Any, AESGCM]:
        return {self.key_id: self.cipher}

    async def put(self, path: str, _: bytes) -> None:
        self.stored.add(path)

    async def delete(self, path: str) -> None:
        self.stored.discard(path)

    def sequence(self, _: str) -> int:
        return 1

    async def decided(self, ask: Any) -> Answer:
        """What the writer does: decide, be rolled back, and find that the twin's answer is on record."""
        command = ask.command(NOON)
        if isinstance(ask.command.__self__, Submission):
            facts = submit(INITIAL, command)
        else:
            facts = add_message(Ticket(number=NUMBER, messages=1), command)
        answer: Answer = ask.reply(NOON, 1, facts)
        return ELSEWHERE if self.rival else answer


def said() -> Said:
    return Said(scope="anonymous submit mau", key=uuid4(), fingerprint=b"")


async def submitted(door: Any) -> Answer:
    """A request with a file."""
    submission = Submission(
        door=door,
        brand=Brand(brand="mau", sequence=1),
        policy=POLICY,
        body=TicketBody(form="request", fields=FIELDS),
        by_program=False,
        said=said(),
    )
    await submission.prepare([FILE])
    return await submission.decided(None)


async def added(door: Any) -> Answer:
    """A message with a file."""
    known = Known(brand="mau", key_id=door.key_id, erased=False)
    addition = Addition(
        door=door, ticket_id=uuid4(), known=known, body=MessageBody(content="a"), by_program=False, said=said()
    )
    await addition.prepare([FILE], POLICY.forms["request"], POLICY)
    return await addition.decided(None)


async def test_what_an_answer_rests_on_stays() -> None:
    door = Door(rival=False)
    await submitted(door)
    await added(door)
    assert (len(door.stored), door.keys) == (2, [])


async def test_who_lost_to_a_twin_leaves_no_file_and_gives_the_key_back() -> None:
    door = Door(rival=True)
    assert await submitted(door) is ELSEWHERE
    assert (door.stored, door.keys) == (set(), [door.key_id])
    assert await added(door) is ELSEWHERE
    assert door.stored == set()
