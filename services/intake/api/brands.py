"""GET: which brands are live, and what a brand's forms ask for; the pages are drawn from this."""

from __future__ import annotations

import contextlib
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.intake.api.door import Door
from services.policy.form import Attachments, Form, FormField
from services.policy.models import Policy
from services.runtime.errors import Refused


class BrandsAnswer(BaseModel):
    """Every live brand: `{brand, name}` each."""

    brands: list[dict[str, str]]


class FormsAnswer(BaseModel):
    """A brand as its pages show it."""

    brand: str
    name: str
    locale: str
    timezone: str
    channels: list[dict[str, str]]
    mail: str | None
    forms: list[dict[str, Any]]


async def list_brands(door: Door, _request: Request) -> Response:
    """The live brands, by id."""
    found: list[dict[str, str]] = []
    for _, brand in sorted(door.brands.brands.items()):
        with contextlib.suppress(Refused):
            found.append({"brand": brand.brand, "name": door.policies.of(brand).brand.name})
    return JSONResponse({"brands": found})


async def show_forms(door: Door, request: Request) -> Response:
    """The forms of a brand, as its policy in force states them."""
    brand = door.brand(request)
    policy = door.policies.of(brand)
    mailbox = policy.channel_of("email")
    answer = {
        "brand": brand.brand,
        "name": policy.brand.name,
        "locale": policy.brand.locale,
        "timezone": policy.brand.timezone,
        "channels": _channels(policy),
        "mail": (mailbox[1].address or None) if mailbox else None,
        "forms": [_form(name, form) for name, form in policy.forms.items()],
    }
    return JSONResponse(answer, headers={"Cache-Control": "max-age=5"})


def _channels(policy: Policy) -> list[dict[str, str]]:
    return [{"id": name, "kind": channel.kind, "address": channel.address} for name, channel in policy.channels.items()]


def _form(name: str, form: Form) -> dict[str, Any]:
    return {
        "id": name,
        "channel": form.channel,
        "empty_content": form.empty_content,
        "fields": [_field(field) for field in form.fields],
        "attachments": _attachments(form.attachments),
    }


def _field(field: FormField) -> dict[str, Any]:
    return {
        "id": field.id,
        "label": {"vi": field.label_vi, "en": field.english},
        "type": field.type,
        "required": field.required,
        "max_length": field.max_length,
        "options": [{"id": one.value, "vi": one.label_vi, "en": one.label_en} for one in field.options],
    }


def _attachments(rule: Attachments | None) -> dict[str, Any] | None:
    return rule.model_dump(mode="json") if rule else None
