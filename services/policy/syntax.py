"""What a single value looks like: blank, clean, an e-mail address, a telephone number."""

from __future__ import annotations

import re
from unicodedata import category

PHONE = re.compile(r"[ ().-]*\+?[0-9 ().-]*")
ATEXT = frozenset("!#$%&'*+/=?^_`{|}~-.")
# Cc and Cs; a short value may hold no Zl and Zp either. Expressions: this stands on the busiest path.
UNCLEAN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
UNCLEAN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


def is_blank(value: str) -> bool:
    """True if nothing in it can be seen: spaces, line ends and invisible format signs only."""
    seen = value.strip()
    return not seen or (not seen[0].isalnum() and all(category(sign)[0] in "ZC" for sign in seen))


def is_clean(value: str, *, lines: bool) -> bool:
    """False if it holds control signs, lone surrogates or, unless `lines` are meant, any line end."""
    return (UNCLEAN_LINES if lines else UNCLEAN).search(value) is None


def is_phone(value: str) -> bool:
    """True for 8 to 15 digits, grouped in any usual way: `(+84) 97 567 4781`."""
    return PHONE.fullmatch(value) is not None and 8 <= sum(sign.isdigit() for sign in value) <= 15


def is_email(value: str) -> bool:
    """True for one mailbox as people write it, in any script; no quoted names, comments or bare hosts."""
    local, _, domain = value.rpartition("@")
    return len(value.encode(errors="replace")) <= 254 and _is_local(local) and _is_domain(domain)


def _is_local(local: str) -> bool:
    dots_fit = all(local.split("."))
    return dots_fit and len(local.encode(errors="replace")) <= 64 and all(map(_is_local_sign, local))


def _is_local_sign(sign: str) -> bool:
    return _is_letter_or_digit(sign) or sign in ATEXT


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    return len(labels) >= 2 and all(map(_is_label, labels)) and not labels[-1].isdigit()


def _is_label(label: str) -> bool:
    if not label or label[0] == "-" or label[-1] == "-":
        return False
    if not all(_is_letter_or_digit(sign) or sign == "-" for sign in label):
        return False
    if label.isascii():
        return len(label) <= 63
    try:
        return len(label.encode("idna")) <= 63
    except UnicodeError:
        return False


def _is_letter_or_digit(sign: str) -> bool:
    return sign.isalnum() if sign.isascii() else category(sign)[0] in "LMN"
