"""Numbers, sizes and times as people say them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

DAYS_VI = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DEFAULT_ZONE = "Asia/Ho_Chi_Minh"
KIB = 1024


def number_said(number: str) -> str:
    """A ticket number in groups, made to be read out: 4821 093 756."""
    return f"{number[:4]} {number[4:7]} {number[7:]}".strip()


def size_said(size: int, language: str) -> str:
    """A size as file managers show it: 2 MB, 1,4 MB, 350 KB, 12 byte."""
    if size < KIB:
        return f"{size} byte" if language == "vi" else f"{size} bytes"
    if size < KIB * KIB:
        return f"{round(size / KIB)} KB"
    text = f"{size / KIB / KIB:.1f}".removesuffix(".0")
    return f"{text.replace('.', ',') if language == 'vi' else text} MB"


def time_said(at: datetime, timezone: str, language: str) -> str:
    """An instant on the brand's clock: 10:05, thứ Hai 23/11/2026."""
    local = at.astimezone(zone(timezone))
    clock = f"{local:%H:%M}"
    if language == "vi":
        return f"{clock}, {DAYS_VI[local.weekday()]} {local:%d/%m/%Y}"
    return f"{clock}, {DAYS_EN[local.weekday()]} {local.day} {MONTHS_EN[local.month - 1]} {local.year}"


def zone(name: str) -> ZoneInfo:
    """The time zone of that name; Vietnam's when the name is unknown."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)
