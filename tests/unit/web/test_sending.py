"""Whatever came back before: nothing that was typed is lost, and nothing is doubled in silence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.web.adapters.answers import Accepted
from services.web.adapters.intake import ChosenFile
from services.web.adapters.upstream import AwayError, Declined
from services.web.pages.draft import Draft
from services.web.pages.sending import send

FILE = ChosenFile(name="a.txt", content=b"a", media_type="text/plain")


class Door:
    """Intake's promise about keys: the same content the same answer, another content a refusal."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[object, Accepted | Declined]] = {}
        self.silent = False
        self.refusing = False

    async def submit(self, key: str, values: Mapping[str, str], file: ChosenFile | None) -> Accepted:
        content = (dict(values), file)
        if key not in self.answers:
            self.answers[key] = (content, self._decided())
        known, answer = self.answers[key]
        if self.silent:
            raise AwayError("silent")
        if known != content:
            raise Declined(slug="idempotency-key-reused", status=422)
        if isinstance(answer, Declined):
            raise answer
        return answer

    def _decided(self) -> Accepted | Declined:
        if self.refusing:
            return Declined(slug="form-not-valid", status=422)
        now = datetime(2026, 11, 23, tzinfo=UTC)
        return Accepted(ticket_id=uuid4(), number="1", accepted_at=now, link="", read_token="")

    @property
    def tickets(self) -> int:
        """How many tickets there are."""
        return sum(isinstance(answer, Accepted) for _, answer in self.answers.values())


async def silently(door: Door, draft: Draft, file: ChosenFile | None = None) -> None:
    """Send while no answer comes back."""
    door.silent = True
    with pytest.raises(AwayError):
        await send(draft, file, door.submit)
    door.silent = False


async def test_the_same_again_after_silence_is_one_ticket() -> None:
    door, draft = Door(), Draft(values={"content": "first"})
    await silently(door, draft)
    outcome = await send(draft, None, door.submit)
    assert (door.tickets, outcome.earlier, outcome.twice) == (1, None, False)


async def test_an_edit_after_silence_finds_the_ticket_of_the_first_version() -> None:
    door, draft = Door(), Draft(values={"content": "first"})
    await silently(door, draft)
    draft.values = {"content": "second"}
    outcome = await send(draft, None, door.submit)
    assert door.tickets == 1
    assert outcome.earlier
    assert outcome.earlier.values == {"content": "first"}


async def test_of_several_silent_versions_the_one_that_arrived_is_found() -> None:
    door, draft = Door(), Draft(values={"content": "first"})
    for text in ("first", "second", "third"):
        draft.values = {"content": text}
        await silently(door, draft)
    draft.values = {"content": "fourth"}
    outcome = await send(draft, None, door.submit)
    assert (door.tickets, outcome.earlier and outcome.earlier.values) == (1, {"content": "first"})


async def test_an_edit_after_a_silent_refusal_is_sent_anew() -> None:
    door, draft = Door(), Draft(values={"content": "first"})
    door.refusing = True
    await silently(door, draft)
    door.refusing = False
    draft.values = {"content": "second"}
    outcome = await send(draft, None, door.submit)
    assert (door.tickets, outcome.earlier, outcome.twice) == (1, None, False)


async def test_when_the_first_version_cannot_be_told_the_page_says_that_two_may_exist() -> None:
    door, draft = Door(), Draft(values={"content": "first"})
    await silently(door, draft, FILE)
    draft.values = {"content": "second"}
    outcome = await send(draft, None, door.submit)
    assert (door.tickets, outcome.earlier, outcome.twice) == (2, None, True)


async def test_the_same_file_chosen_again_finds_the_first_version() -> None:
    door, draft = Door(), Draft(values={"content": "first"})
    await silently(door, draft, FILE)
    draft.values = {"content": "second"}
    outcome = await send(draft, FILE, door.submit)
    assert (door.tickets, bool(outcome.earlier)) == (1, True)


async def test_a_refusal_gives_the_next_try_a_key_of_its_own() -> None:
    door, draft = Door(), Draft(values={"content": "first"})
    door.refusing = True
    key = draft.key
    with pytest.raises(Declined):
        await send(draft, None, door.submit)
    assert draft.key != key


async def test_silence_keeps_the_key() -> None:
    door, draft = Door(), Draft(values={"content": "first"})
    key = draft.key
    await silently(door, draft)
    assert draft.key == key
