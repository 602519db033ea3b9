"""A file's name as it may be shown and stored."""

from __future__ import annotations

import re
from unicodedata import category, normalize

from services.intake.adapters.file_verdict import Unfit

MAX_NAME = 200
# Joiners shape letters and pictures; every other format sign (the bidi overrides!) can disguise a name.
JOINERS = frozenset("\u200c\u200d")
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
RESERVED = re.compile(r'[<>:"|?*]')


def clean(name: str) -> str:
    """The last part of a path, NFC, with signs that file systems reserve replaced; raises Unfit."""
    last = normalize("NFC", re.split(r"[/\\]", name)[-1])
    if any(category(sign) in HIDDEN and sign not in JOINERS for sign in last[: MAX_NAME + 1]):
        raise Unfit("file-name")
    shown = RESERVED.sub("_", last).strip()
    if not shown.strip(". ") or len(shown) > MAX_NAME:
        raise Unfit("file-name")
    return shown


def extension(name: str) -> str:
    """From the last dot on, in lower case; empty if there is no dot, or nothing before it."""
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and stem.strip(". ") else ""
