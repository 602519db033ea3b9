"""What the parts of a policy say about each other: contradictions, and the options of a choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from services.policy.faults import Fault
from services.policy.form import Form, FormField, Option
from services.policy.models import Policy

CHOICE_OF_DEPARTMENT = "department"


def with_options(policy: Policy) -> Policy:
    """The same policy with the choice of a department filled in from the channels of its form."""
    forms = {form_id: _with_options(policy, form) for form_id, form in policy.forms.items()}
    return policy.model_copy(update={"forms": forms})


def contradictions(policy: Policy) -> Iterator[Fault]:
    """Names that lead nowhere, names given twice, choices with nothing to choose from."""
    yield from _twice("rules", [rule.id for rule in policy.rules])
    for id_, channel in policy.channels.items():
        yield from _no_such(f"channels.{id_}.departments", channel.departments, policy.departments, "department")
    for id_, category in policy.categories.items():
        yield from _no_such(f"categories.{id_}.departments", category.departments, policy.departments, "department")
    for id_, form in policy.forms.items():
        yield from _contradictions_of_form(policy, form, f"forms.{id_}")


def _contradictions_of_form(policy: Policy, form: Form, path: str) -> Iterator[Fault]:
    yield from _no_such(f"{path}.rules", form.named_rules, {rule.id for rule in policy.rules}, "rule")
    yield from _twice(f"{path}.fields", [field.id for field in form.fields])
    kinds = {channel.kind for channel in policy.channels.values()}
    yield from _no_such(f"{path}.channel", [form.channel], kinds, "kind of channel")
    for index, field in enumerate(form.fields):
        if fault := _fault_of_choice(policy, form, field):
            yield Fault(path=f"{path}.fields[{index}]", text=fault)


def _fault_of_choice(policy: Policy, form: Form, field: FormField) -> str:
    if field.options:
        return "options are not written in a form: they are the departments of its channel"
    if field.type != "choice":
        return ""
    if field.id != CHOICE_OF_DEPARTMENT:
        return f"a choice must have the id “{CHOICE_OF_DEPARTMENT}”: no other list of options is known"
    return "" if _departments(policy, form) else "offers nothing to choose from: its channel names no departments"


def _departments(policy: Policy, form: Form) -> list[str]:
    return [id_ for _, channel in policy.channels_of(form.channel) for id_ in channel.departments]


def _with_options(policy: Policy, form: Form) -> Form:
    names = {id_: policy.departments[id_] for id_ in _departments(policy, form)}
    options = tuple(
        Option(value=id_, label_vi=name.name_vi, label_en=name.name_en or name.name_vi) for id_, name in names.items()
    )
    fields = (
        field.model_copy(update={"options": options}) if field.type == "choice" else field for field in form.fields
    )
    return replace(form, fields=tuple(fields))


def _no_such(path: str, named: Iterable[str], known: Iterable[str], what: str) -> Iterator[Fault]:
    for name in sorted(set(named) - set(known)):
        yield Fault(path=path, text=f"there is no {what} “{name}”")


def _twice(path: str, names: list[str]) -> Iterator[Fault]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Fault(path=path, text=f"“{name}” is there {count} times")
