"""A small made-up brand, and the same with something changed."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

Content = dict[str, Any]

SAMPLE: Content = {
    "format": "support-policy/1",
    "brand": {"name": "Mẫu", "locale": "vi-VN", "timezone": "Asia/Ho_Chi_Minh"},
    "version": {"id": "mau-1", "status": "active", "effective_from": "2026-01-01T00:00:00+07:00"},
    "rules": [
        {"id": "S9-01", "mode": "enforce", "quote": "Xin điền đủ.", "meaning": "Fill in all."},
        {"id": "S9-02", "mode": "enforce", "quote": "Một tệp .pdf nhỏ.", "meaning": "One small PDF."},
    ],
    "channels": {
        "page": {"kind": "web_form", "departments": ["sales", "support"]},
        "second_page": {"kind": "web_form", "departments": ["support", "care"]},
        "mailbox": {"kind": "email", "address": "a@mau.vn"},
    },
    "forms": {
        "request": {
            "channel": "web_form",
            "rules": {"fields": "S9-01", "attachments": "S9-02"},
            "empty_content": "warn",
            "fields": [
                {"id": "name", "label_vi": "Tên", "label_en": "Name", "required": True},
                {"id": "email", "label_vi": "Email", "required": True, "type": "email"},
                {"id": "phone", "label_vi": "Điện thoại", "label_en": "Phone", "required": False, "type": "phone"},
                {"id": "department", "label_vi": "Phòng", "label_en": "Team", "required": True, "type": "choice"},
                {
                    "id": "content",
                    "label_vi": "Nội dung",
                    "label_en": "Content",
                    "required": False,
                    "type": "long_text",
                },
            ],
            "attachments": {"max_bytes_exclusive": 1000, "extensions": [".pdf"]},
        }
    },
    "departments": {
        "sales": {"name_vi": "Kinh doanh", "name_en": "Sales"},
        "support": {"name_vi": "Kỹ thuật"},
        "care": {"name_vi": "Chăm sóc", "name_en": "Care"},
    },
    "categories": {"any": {"label_vi": "Chung", "departments": ["sales"]}},
}

MISSING = object()


def changed(path: str, value: object) -> Content:
    """The sample with the value at a dotted path replaced, added, or taken away (MISSING)."""
    content = copy.deepcopy(SAMPLE)
    *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
    place: Any = content
    for part in way:
        place = place[part]
    if value is MISSING:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return content


def folder(root: Path, text: str | bytes, *, brand: str = "mau") -> Path:
    """A brand's folder with this file in it."""
    place = root / brand
    place.mkdir()
    (place / "policy.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return place
