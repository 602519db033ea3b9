"""How a form and a ticket look on the page: plain data for the templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.runtime.errors import FieldError
from services.web.adapters.answers import Attachment, AttachmentRules, Brand, Channel, Field, Form, Message, Ticket
from services.web.adapters.upstream import Declined
from services.web.pages.site import Fault
from services.web.pages.spoken import size_said
from services.web.pages.texts import TEXTS, say

AUTOCOMPLETE = {
    "name": "name", "organisation": "organization", "job_title": "organization-title", "address": "street-address",
}  # fmt: skip
AUTOCOMPLETE_BY_TYPE = {"email": "email", "phone": "tel"}
INPUT = {"email": "email", "phone": "tel"}
FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One field as it stands in the page."""

    id: str
    label: str
    kind: str
    required: bool
    options: tuple[tuple[str, str], ...]
    autocomplete: str | None
    hint: str | None
    value: str
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInput:
    """The place for a file, with its rules in words before anything is chosen."""

    accept: str
    max_bytes: int
    rule: str
    too_large: str
    wrong_type: str
    mail: str | None
    fault: str | None
    again: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to reach the brand."""

    kind: str
    text: str
    href: str | None


def inputs(form: Form, values: Mapping[str, str], faults: tuple[Fault, ...], language: str) -> tuple[Input, ...]:
    """A form's fields, filled in as far as they were."""
    texts = {fault.field: fault.text for fault in faults}
    return tuple(_input(field, values.get(field.id, ""), texts.get(field.id), language) for field in form.fields)


def _input(field: Field, value: str, fault: str | None, language: str) -> Input:
    hint = {"email": "hint_email", "phone": "hint_phone", "long_text": "hint_content"}.get(field.type)
    return Input(
        id=field.id,
        label=label_of(field, language),
        kind="select" if field.type == "choice" else INPUT.get(field.type, field.type),
        required=field.required,
        options=tuple((one.id, one.en if language == "en" and one.en else one.vi) for one in field.options),
        autocomplete=AUTOCOMPLETE_BY_TYPE.get(field.type) or AUTOCOMPLETE.get(field.id),
        hint=say(hint, language) if hint else None,
        value=value,
        fault=fault,
    )


def label_of(field: Field, language: str) -> str:
    """A field's name in the reader's language."""
    return field.label.en if language == "en" and field.label.en else field.label.vi


def file_input(
    rules: AttachmentRules | None, brand: Brand, faults: tuple[Fault, ...], lost: str, language: str
) -> FileInput | None:
    """The place for a file, if the form takes one."""
    if rules is None:
        return None
    size, types = size_said(rules.max_bytes_exclusive, language), ", ".join(rules.extensions)
    return FileInput(
        accept=",".join(rules.extensions),
        max_bytes=rules.max_bytes_exclusive,
        rule=say("file_rule", language, size=size, types=types),
        too_large=say("file_too_large", language, name="{name}", size=size),
        wrong_type=say("file_type", language, name="{name}", types=types),
        mail=brand.mail,
        fault=next((fault.text for fault in faults if fault.field == FILE), None),
        again=say("file_again", language, name=lost) if lost else None,
    )


def too_large(name: str, rules: AttachmentRules | None, language: str) -> tuple[Fault, ...]:
    """The fault of a file that was not even kept."""
    if not name:
        return ()
    if rules is None:
        return (Fault(field=FILE, text=say("file_too_large_plain", language)),)
    size = size_said(rules.max_bytes_exclusive, language)
    return (Fault(field=FILE, text=say("file_too_large", language, name=name, size=size)),)


def empty_content(form: Form, values: Mapping[str, str], language: str) -> tuple[Fault, ...]:
    """What is worth a second look before sending: a content left empty where the brand asks to warn."""
    if form.empty_content != "warn":
        return ()
    return tuple(
        Fault(field=field.id, text=say("empty_content", language, label=label_of(field, language)))
        for field in form.fields
        if field.type == "long_text" and not field.required and not values.get(field.id, "").strip()
    )


def faults_of(declined: Declined, values: Mapping[str, str], known: set[str], language: str) -> tuple[Fault, ...]:
    """The faults that the server found, in its own words; what was typed into a vanished field is shown."""
    if declined.errors:
        return tuple(_fault(error, values, known, language) for error in declined.errors)
    if declined.slug == "body-too-large":
        return (Fault(field=FILE, text=say("file_too_large_plain", language)),)
    if declined.slug.startswith("file-"):
        return (Fault(field=FILE, text=_spoken(declined.vi, declined.en, language)),)
    return ()


def _fault(error: FieldError, values: Mapping[str, str], known: set[str], language: str) -> Fault:
    text = _spoken(error.vi, error.en, language)
    if error.field not in known and (value := values.get(error.field)):
        text = say("kept_value", language, text=text, value=value)
    return Fault(field=error.field, text=text)


def _spoken(vi: str, en: str, language: str) -> str:
    return (vi if language == "vi" else en) or say("declined", language)


def ways(brand: Brand, language: str) -> tuple[Way, ...]:
    """The published ways to reach the brand; its form stands on the page anyway."""
    return tuple(_ways(brand.channels, language, has_form=bool(brand.forms)))


def _ways(channels: tuple[Channel, ...], language: str, *, has_form: bool) -> Iterator[Way]:
    for channel in channels:
        if channel.kind == "web_form" and has_form:
            continue
        slug = f"kind_{channel.kind}"
        name = say(slug if slug in TEXTS else "kind_other", language)
        yield Way(kind=name, text=channel.address, href=href_of(channel))


def href_of(channel: Channel) -> str | None:
    """What a tap on the address does."""
    if channel.kind == "email" and "@" in channel.address:
        return f"mailto:{channel.address}"
    if channel.kind == "phone" and channel.address:
        return "tel:" + "".join(sign for sign in channel.address if sign.isdigit() or sign == "+")
    return channel.address if channel.address.startswith(("https://", "http://")) else None


CONTENT = "content"
"""The field whose text intake records as the first message itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A ticket as its page shows it: the request field by field, then what was said later."""

    fields: tuple[tuple[str, str], ...]
    files: tuple[Attachment, ...]
    content: str | None
    later: tuple[Message, ...]


def record(ticket: Ticket, form: Form | None, language: str) -> Record:
    """The ticket in the words of its form; a field that the form no longer has keeps its id."""
    fields = {field.id: field for field in form.fields} if form else {}
    rows = tuple(_row(fields.get(value.id), value.id, value.value, language) for value in ticket.fields)
    first = next((message for message in ticket.messages if message.message == 1), None)
    is_shown = first is None or any(value.value == first.content for value in ticket.fields)
    if first and not is_shown and (asked := fields.get(CONTENT)):
        rows, is_shown = (*rows, _row(asked, CONTENT, first.content or "", language)), True
    return Record(
        fields=rows,
        files=first.attachments if first else (),
        content=None if is_shown or first is None else first.content,
        later=tuple(message for message in ticket.messages if message.message > 1),
    )


def _row(field: Field | None, field_id: str, value: str, language: str) -> tuple[str, str]:
    if field is None:
        return field_id, value
    chosen = next((one for one in field.options if one.id == value), None)
    shown = (chosen.en if language == "en" and chosen.en else chosen.vi) if chosen else value
    return label_of(field, language), shown


def changes(form: Form, before: Mapping[str, str], after: Mapping[str, str], language: str) -> str:
    """What was changed since an earlier version was sent, as text for an addition."""
    lines = []
    for field in form.fields:
        value = after.get(field.id, "")
        if value and value != before.get(field.id, ""):
            lines.append(value if field.type == "long_text" else f"{label_of(field, language)}: {value}")
    return "\n\n".join(lines)
