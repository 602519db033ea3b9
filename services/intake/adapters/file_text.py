"""Plain text: UTF-8 and nothing that a browser or an office program would take for something else."""

from __future__ import annotations

import re

from services.intake.adapters.file_verdict import Unfit

CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Each one costs the search for markup a look; a text with more of them is hardly prose or a log.
MAX_ANGLES = 20_000
OTHER_FORMATS = (b"%PDF-", b"{\\rtf")
MARKUP = re.compile(
    r"<(!doctype|!--|\?xml|\?php|%@|/?(a|applet|base|body|button|div|embed|form|frame|frameset|h[1-6]|head|html|iframe"
    r"|img|input|link|math|meta|object|p|script|span|style|svg|table|template|title|video|audio|xml)[\s/>])",
    re.IGNORECASE,
)


def check(data: bytes) -> None:
    """Raise Unfit unless this is text that stays text whoever opens it."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Unfit("file-not-what-it-says") from None
    other = any(magic in data[:1_024] for magic in OTHER_FORMATS)
    if other or CONTROLS.search(data) or data.count(b"<") > MAX_ANGLES or MARKUP.search(text):
        raise Unfit("file-not-what-it-says")
