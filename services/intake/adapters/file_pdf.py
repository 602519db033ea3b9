"""PDF: whole, without a password, and with nothing that starts programs, runs scripts or carries files.

Names may be written with escapes (`/J#61vaScript`), and objects may be packed into compressed object streams:
names are compared unescaped, and every object stream must be one that can be unpacked here, within bounds.
A name is a whole one (`/LaunchPad` launches nothing), and none where it stands in a text, as a link's address does.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from services.intake.adapters.file_pdf_text import without_texts
from services.intake.adapters.file_verdict import Unfit

MAGIC = b"%PDF-"
TAIL = 1_024
SPACES = b"\x00\t\n\x0c\r "
MAX_ESCAPES = 40_000
MAX_STREAMS = 10_000
MAX_OBJECT_STREAMS = 2_000
MAX_UNPACKED = 8_000_000
STEP = 4_096

NAME_ENDS = rb"(?![^\x00\t\n\f\r ()<>\[\]{}/%])"
ENCRYPTED = re.compile(rb"/Encrypt" + NAME_ENDS)
ACTIVE = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia[A-Za-z]*|Renditions?|XFA|ImportData)" + NAME_ENDS)
SCRIPT = re.compile(rb"/JS(?:[\x00\s]*[(<%]|[\x00\s]+\d)")
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
# The signs that a name may have as they are: an unescaped delimiter would be one.
NAME_SIGNS = frozenset(range(0x21, 0x7F)) - frozenset(b"#%()/<>[]{}")
STREAM = re.compile(rb"(?<!end)stream\r?\n")
# A type given by reference would hide an object stream from the search for its name.
INDIRECT_TYPE = re.compile(rb"/Type[\x00\s]{1,20}\d{1,10}[\x00\s]{1,20}\d{1,5}[\x00\s]{1,20}R")
# No strings and no comments up to the content: both could hold a false `stream`.
TO_CONTENT = re.compile(rb"/ObjStm[^()%]{0,500}?>>[\x00\s]{0,20}stream\r?\n")
NUMBERS = re.compile(rb"[\x00\s]*\d+[\x00\s]+\d+")


def check(data: bytes) -> None:
    """Raise Unfit unless this is a plain PDF."""
    if not data[-TAIL:].rstrip(SPACES).endswith(b"%%EOF") or _is_zip_too(data):
        raise Unfit("file-not-what-it-says")
    if _is_named(ENCRYPTED, data):
        raise Unfit("file-encrypted")
    shown = _unescaped(data)
    if INDIRECT_TYPE.search(shown) or shown.count(b"/ObjStm") != data.count(b"/ObjStm"):
        raise Unfit("file-unsafe")
    packed = list(_object_streams(data))
    # `/JS` is short enough to turn up in a picture by chance, also where it is in doubt what a text is.
    if any(_is_named(ACTIVE, part) for part in (data, *packed)):
        raise Unfit("file-unsafe")
    if any(_is_named(SCRIPT, part) for part in (_without_streams(data), *packed)):
        raise Unfit("file-unsafe")


def _is_named(names: re.Pattern[bytes], data: bytes) -> bool:
    """Whether one of the names is there; texts are looked for only in a file that has one at all."""
    found = names.search(_unescaped(data))
    return found is not None and names.search(_unescaped(without_texts(data))) is not None


def _unescaped(data: bytes) -> bytes:
    if data.count(b"#") > MAX_ESCAPES:
        raise Unfit("file-unsafe")
    return ESCAPE.sub(_sign, data)


def _sign(escape: re.Match[bytes]) -> bytes:
    sign = int(escape[1], 16)
    return bytes([sign]) if sign in NAME_SIGNS else escape[0]


def _without_streams(data: bytes) -> bytes:
    kept: list[bytes] = []
    at = 0
    while opening := STREAM.search(data, at):
        kept.append(data[at : opening.start()])
        if len(kept) > MAX_STREAMS:
            raise Unfit("file-unsafe")
        end = data.find(b"endstream", opening.end())
        at = end if end >= 0 else len(data)
    return b"\n".join([*kept, data[at:]])


def _object_streams(data: bytes) -> Iterator[bytes]:
    left = MAX_UNPACKED
    at = data.find(b"/ObjStm")
    for _ in range(MAX_OBJECT_STREAMS):
        if at < 0:
            return
        opening = TO_CONTENT.match(data, at)
        own_dictionary = data.rfind(b"obj", max(at - 1_000, 0), at)
        if opening is None or b"/Predictor" in _unescaped(data[max(own_dictionary, 0) : opening.end()]):
            raise Unfit("file-unsafe")
        content = _inflated(data, opening.end(), left)
        if not NUMBERS.match(content):
            raise Unfit("file-unsafe")
        left -= len(content)
        yield content
        at = data.find(b"/ObjStm", opening.end())
    raise Unfit("file-unsafe")


def _inflated(data: bytes, start: int, limit: int) -> bytes:
    inflater = zlib.decompressobj()
    content = bytearray()
    for at in range(start, len(data), STEP):
        content += _step(inflater, data[at : at + STEP])
        if len(content) > limit:
            raise Unfit("file-unsafe")
        if inflater.eof:
            return bytes(content)
    raise Unfit("file-unsafe")


def _step(inflater: zlib._Decompress, piece: bytes) -> bytes:
    try:
        return inflater.decompress(piece)
    except zlib.error:
        raise Unfit("file-unsafe") from None


def _is_zip_too(data: bytes) -> bool:
    """True if an archive ends exactly where the file ends: it is one for those who read from the back."""
    at = data.rfind(b"PK\x05\x06")
    return at >= 0 and at + 22 + int.from_bytes(data[at + 20 : at + 22], "little") == len(data)
