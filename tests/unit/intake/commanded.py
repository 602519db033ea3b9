"""What is asked of intake in these tests: a made-up brand's form, filled in, with something changed."""

from __future__ import annotations

from typing import Any

from phieu_schemas.testing import NOON, SCAN, SEALED
from phieu_schemas.ticket import Received, Supplemented
from services.intake.commands import AddMessage, EraseTicket, SubmitRequest
from services.policy.loader import parse
from services.policy.models import Policy
from tests.unit.policy.sample import SAMPLE, changed

NUMBER = "4821093753"
POLICY = parse(SAMPLE)
REQUESTER = SCAN.attachment_id
FIELDS = {"name": "Hoa", "email": "hoa@example.vn", "phone": "", "department": "sales", "content": "Xin giúp."}


def policy_with(path: str, value: object) -> Policy:
    """The made-up brand's policy with one thing changed."""
    return parse(changed(path, value))


def submit(policy: Policy = POLICY, *, form: str = "request", **changes: Any) -> SubmitRequest:
    """Send the form; names of fields change fields, the others the command."""
    fields = FIELDS | {name: changes.pop(name) for name in list(changes) if name in FIELDS}
    parts: dict[str, Any] = {
        "by_program": False,
        "fields": fields,
        "attachments": (),
        "personal": SEALED,
        "requester_id": REQUESTER,
        "language": "vi",
        "number": NUMBER,
        "at": NOON,
    }
    return SubmitRequest(policy=policy, form=form, **(parts | changes))


def add(**changes: Any) -> AddMessage:
    """Write ten clean letters."""
    parts: dict[str, Any] = {
        "blank": False,
        "clean": True,
        "length": 10,
        "intent": "message",
        "channel_kind": "web_form",
        "attachments": (),
        "personal": SEALED,
        "at": NOON,
    }
    return AddMessage(**(parts | changes))


def erase(reason: str = "requested") -> EraseTicket:
    """Erase the ticket."""
    return EraseTicket(reason=reason, at=NOON)


def received(**members: Any) -> Received:
    """What follows from the form as `submit` sends it."""
    fact: dict[str, Any] = {
        "number": NUMBER,
        "channel": "page",
        "channel_kind": "web_form",
        "form": "request",
        "policy": "mau-1",
        "language": "vi",
        "requester_id": REQUESTER,
        "attachments": (),
        "personal": SEALED,
    }
    return Received(**(fact | members))


def wrote(message: int, **members: Any) -> Supplemented:
    """What follows from a message as `add` writes it."""
    fact: dict[str, Any] = {"message": message, "channel_kind": "web_form", "personal": SEALED}
    return Supplemented(**(fact | members))
