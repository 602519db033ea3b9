"""What intake answers: whether the brand's rules let a message in, and as what."""

from __future__ import annotations

from typing import assert_never

from phieu_schemas.fact import Fact
from phieu_schemas.ticket import Erased, Received, Supplemented
from services.intake.commands import AddMessage, Command, EraseTicket, SubmitRequest
from services.intake.state import Ticket
from services.policy.form import Form
from services.policy.models import Policy
from services.runtime.errors import FieldError, Refused, Rule

MAX_MESSAGE_LENGTH = 20_000
PROGRAM = "api"


def decide(ticket: Ticket, command: Command) -> tuple[Fact, ...]:
    """The facts that follow from the command, none where it is so already; raises Refused."""
    match command:
        case SubmitRequest():
            return submit(ticket, command)
        case AddMessage():
            return add_message(ticket, command)
        case EraseTicket():
            return erase(ticket, command)
        case _:
            assert_never(command)


def submit(ticket: Ticket, command: SubmitRequest) -> tuple[Fact, ...]:
    """A request that the form lets in becomes a ticket."""
    if ticket.number:
        return ()
    form = _form(command)
    _must_fit(form, command)
    channel, kind = _channel(command.policy, form)
    return (
        Received(
            number=command.number,
            channel=channel,
            channel_kind=PROGRAM if command.by_program else kind,
            form=command.form,
            policy=command.policy.version.id,
            language=command.language,
            requester_id=command.requester_id,
            attachments=command.attachments,
            personal=command.personal,
        ),
    )


def add_message(ticket: Ticket, command: AddMessage) -> tuple[Fact, ...]:
    """A message joins its ticket, numbered after the last."""
    _must_be_open(ticket)
    if command.blank and not command.attachments and command.intent == "message":
        raise Refused("message-not-valid", errors=(EMPTY,))
    if command.length > MAX_MESSAGE_LENGTH:
        raise Refused("message-not-valid", errors=(TOO_LONG,))
    if not command.clean:
        raise Refused("message-not-valid", errors=(UNCLEAN,))
    return (
        Supplemented(
            message=ticket.messages + 1,
            intent=command.intent,
            channel_kind=command.channel_kind,
            attachments=command.attachments,
            personal=command.personal,
        ),
    )


def erase(ticket: Ticket, command: EraseTicket) -> tuple[Fact, ...]:
    """A ticket is erased once."""
    if not ticket.number:
        raise Refused("ticket-not-found")
    return () if ticket.erased_at else (Erased(reason=command.reason),)


def sentence(policy: Policy, rule_id: str) -> Rule | None:
    """The sentence of the policy that a refusal rests on, if it has one of that id."""
    found = policy.rule(rule_id)
    return Rule(id=found.id, quote=found.quote) if found else None


EMPTY = FieldError(field="content", slug="required", vi="Xin viết nội dung.", en="Please write something.")
TOO_LONG = FieldError(
    field="content",
    slug="too-long",
    vi=f"Nội dung dài quá {MAX_MESSAGE_LENGTH} ký tự.",
    en=f"The message is longer than {MAX_MESSAGE_LENGTH} characters.",
)
UNCLEAN = FieldError(
    field="content",
    slug="characters",
    vi="Nội dung có ký tự điều khiển không nhìn thấy được. Xin gõ lại phần đó.",
    en="The message holds invisible control characters. Please type that part again.",
)


def _form(command: SubmitRequest) -> Form:
    form = command.policy.forms.get(command.form)
    if form is None:
        raise Refused("form-unknown")
    return form


def _channel(policy: Policy, form: Form) -> tuple[str, str]:
    """Id and kind of the channel that the form belongs to."""
    found = policy.channel_of(form.channel)
    if found is None:
        raise Refused("channel-not-offered")
    return found[0], found[1].kind


def _must_fit(form: Form, command: SubmitRequest) -> None:
    problems = form.validate(command.fields)
    if problems:
        errors = tuple(FieldError(field=one.field, slug=one.slug, vi=one.vi, en=one.en) for one in problems)
        rule = sentence(command.policy, form.rule_of(problems[0].field))
        raise Refused("form-not-valid", errors=errors, rule=rule)
    if len(command.attachments) > (form.attachments.max_files if form.attachments else 0):
        raise Refused("file-not-taken", rule=sentence(command.policy, form.rules.attachments))


def _must_be_open(ticket: Ticket) -> None:
    if not ticket.number:
        raise Refused("ticket-not-found")
    if ticket.erased_at:
        raise Refused("ticket-erased")
