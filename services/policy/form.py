"""A brand's form: its fields, and what it says of the values somebody sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal
from unicodedata import category, normalize

from pydantic import BaseModel, ConfigDict, Field
from pydantic.dataclasses import dataclass

from services.policy.syntax import is_blank, is_clean, is_email, is_phone
from services.policy.texts import FieldProblem, problem

PLAIN_SPACES = {code: " " for code in range(0x3001) if category(chr(code)) == "Zs"}
LIMITS = {"text": 200, "email": 254, "phone": 200, "choice": 200, "long_text": 20_000}
MAX_UNKNOWN_REPORTED = 20
MAX_ID = 60
FIELD_ID = re.compile(r"[a-z][a-z0-9_]*")
# What the door lets through and what the check of a file's content is measured for.
MAX_ATTACHMENT_BYTES = 2 * 1024 * 1024

STRICT = ConfigDict(frozen=True, strict=True, extra="forbid")
Extension = Literal[".pdf", ".doc", ".docx", ".xls", ".xlsx", ".txt"]
FieldType = Literal["text", "email", "phone", "long_text", "choice"]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=MAX_ID)]
Label = Annotated[str, Field(min_length=1, max_length=200)]


class Option(BaseModel):
    """One answer that a choice offers."""

    model_config = STRICT

    value: Id
    label_vi: Label
    label_en: Label


class FormField(BaseModel):
    """One question of a form. The options of a choice are found by the loader, never written in the form."""

    model_config = STRICT

    id: Id
    label_vi: Label
    label_en: str = ""
    required: bool
    type: FieldType = "text"
    rule: str = ""
    options: tuple[Option, ...] = ()

    @property
    def max_length(self) -> int:
        """How many characters it takes."""
        return LIMITS[self.type]

    def problem_with(self, value: str) -> FieldProblem | None:
        """The first thing that is wrong with this value, if anything is."""
        slug = self._slug(value)
        if slug is None:
            return None
        limit = self.max_length
        return problem(self.id, slug, vi=self.label_vi, en=self.english, length=len(value), limit=limit)

    @property
    def english(self) -> str:
        """The English label; without one the Vietnamese."""
        return self.label_en or self.label_vi

    def _slug(self, value: str) -> str | None:
        if len(value) > self.max_length:
            return "too-long"
        if not is_clean(value, lines=self.type == "long_text"):
            return "characters"
        if is_blank(value):
            return "required" if self.required else None
        return self._slug_of_type(value)

    def _slug_of_type(self, value: str) -> str | None:
        match self.type:
            case "email" if not is_email(value):
                return "email"
            case "phone" if not is_phone(value):
                return "phone"
            case "choice" if value not in {option.value for option in self.options}:
                return "choice"
            case _:
                return None


class Attachments(BaseModel):
    """Which files a form takes; each type listed is one whose content is checked."""

    model_config = STRICT

    max_bytes_exclusive: int = Field(gt=0, le=MAX_ATTACHMENT_BYTES)
    extensions: tuple[Extension, ...] = Field(min_length=1)
    max_files: int = Field(1, gt=0, le=5)

    @property
    def room(self) -> int:
        """How many bytes all files of one form may have together."""
        return self.max_files * self.max_bytes_exclusive


class FormRules(BaseModel):
    """Which sentences a form rests on, by what they are about; a field may name one of its own."""

    model_config = STRICT

    fields: str = ""
    attachments: str = ""
    form: tuple[str, ...] = ()


# A dataclass because BaseModel has a `validate` of its own that means another thing.
@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(strict=True, extra="forbid"))
class Form:
    """A form as the brand's policy states it. Values are normalised first, then validated."""

    channel: str
    fields: tuple[FormField, ...] = Field(min_length=1, max_length=50)
    rules: FormRules = FormRules()
    empty_content: Literal["accept", "warn"] = "accept"
    attachments: Attachments | None = None

    def field(self, field_id: str) -> FormField | None:
        """The field of that id, if the form has it."""
        return next((field for field in self.fields if field.id == field_id), None)

    def rule_of(self, field_id: str) -> str:
        """The id of the rule behind a field: its own, or else that of all fields; empty where there is none."""
        field = self.field(field_id)
        return (field.rule if field else "") or self.rules.fields

    @property
    def named_rules(self) -> tuple[str, ...]:
        """The ids of every rule that it names."""
        named = (self.rules.fields, self.rules.attachments, *self.rules.form, *(field.rule for field in self.fields))
        return tuple(rule for rule in named if rule)

    def normalise(self, values: Mapping[str, str]) -> dict[str, str]:
        """The values as they are recorded: NFC, line ends as \\n; short ones trimmed, with plain spaces."""
        long_texts = {field.id for field in self.fields if field.type == "long_text"}
        return {name: recorded(value, lines=name in long_texts) for name, value in values.items()}

    def validate(self, values: Mapping[str, str]) -> tuple[FieldProblem, ...]:
        """What is wrong with these normalised values, at most one problem a field, in the form's order."""
        known = (field.problem_with(values.get(field.id, "")) for field in self.fields)
        return (*(found for found in known if found), *self._unknown(values))

    def warnings(self, values: Mapping[str, str]) -> tuple[FieldProblem, ...]:
        """What is allowed but worth a second look: a content left empty where the brand asks to warn."""
        if self.empty_content == "accept":
            return ()
        return tuple(
            problem(field.id, "empty-content", vi=field.label_vi, en=field.english)
            for field in self.fields
            if field.type == "long_text" and not field.required and is_blank(values.get(field.id, ""))
        )

    def _unknown(self, values: Mapping[str, str]) -> Iterator[FieldProblem]:
        """A refusal is recorded, so a name is quoted only where it can be one: others may be what somebody typed."""
        names = values.keys() - {field.id for field in self.fields}
        shown = {name if len(name) <= MAX_ID and FIELD_ID.fullmatch(name) else "?" for name in names}
        for name in sorted(shown)[:MAX_UNKNOWN_REPORTED]:
            yield problem(name, "unknown-field", vi=name, en=name)


def recorded(value: str, *, lines: bool) -> str:
    """The value as it is recorded: NFC; a text keeps its lines, a short value is trimmed."""
    composed = normalize("NFC", value)
    if lines:
        return composed.replace("\r\n", "\n").replace("\r", "\n")
    return composed.translate(PLAIN_SPACES).strip(" ")
