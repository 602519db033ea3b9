"""A ZIP archive read strictly by its central directory, and unpacked only within what it declares.

Two readers that disagree about an archive are how a bad part gets past the one that checks it. So there must
be one reading only: the directory ends the file, each member's own header agrees, and members and directory lie
end to end from the first byte on, with nothing between them but the sizes that a member says will follow it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from struct import Struct, pack
from struct import error as struct_error

from services.intake.adapters.file_verdict import Unfit

MAX_MEMBERS = 2_000
MAX_UNPACKED = 50_000_000
MAX_RATIO = 100
# No more than 1032 times this comes out of one step, whatever the archive declares.
STEP = 4_096

END = Struct("<4s4H2LH")
ENTRY = Struct("<4s6H3L5H2L")
LOCAL = Struct("<4s5H3L2H")
END_MAGIC, ENTRY_MAGIC, LOCAL_MAGIC = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
STORED, DEFLATED = 0, 8
SIZES_FOLLOW = 0x0008
FOLLOW_MAGIC = b"PK\x07\x08"
SEARCHED = (LOCAL_MAGIC, ENTRY_MAGIC, FOLLOW_MAGIC)
ELSEWHERE = 0xFFFFFFFF
ENCRYPTED = 0x0001 | 0x0040 | 0x2000
UNSAFE_NAME = re.compile(r"^/|[\\:\x00-\x1f]|(^|/)\.\.(/|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive, where its packed bytes lie and how many come out."""

    name: str
    raw_name: bytes
    method: int
    checksum: int
    packed: int
    size: int
    header_at: int


def members(data: bytes) -> tuple[Member, ...]:
    """All members, checked against each other and against the limits; raises Unfit."""
    try:
        count, start, end = _directory(data)
        found = tuple(_entries(data, count, start, end))
        spans = [(0, 0), *sorted(_span(data, member) for member in found), (start, end)]
    except struct_error:
        raise Unfit("file-not-what-it-says") from None
    names = {member.name.casefold() for member in found}
    apart = any(after[0] != before[1] for before, after in pairwise(spans))
    unpacked, packed = sum(member.size for member in found), sum(member.packed for member in found)
    if len(names) < len(found) or apart or unpacked > min(MAX_UNPACKED, MAX_RATIO * max(packed, 1)):
        raise Unfit("file-unsafe")
    return found


def unpack(data: bytes, member: Member) -> Iterator[bytes]:
    """The member's content in steps; raises Unfit as soon as it is not what the directory declares."""
    start, end = _content(data, member)
    inflater = zlib.decompressobj(-15)
    left = member.size
    for at in range(start, end, STEP):
        piece = data[at : min(at + STEP, end)]
        if member.method == DEFLATED:
            piece = _inflated(inflater, piece)
        left -= len(piece)
        if left < 0:
            raise Unfit("file-unsafe")
        yield piece
    if left > 0 or (member.method == DEFLATED and not inflater.eof):
        raise Unfit("file-unsafe")


def _inflated(inflater: zlib._Decompress, piece: bytes) -> bytes:
    try:
        unpacked = inflater.decompress(piece)
    except zlib.error:
        raise Unfit("file-not-what-it-says") from None
    if inflater.unused_data:
        raise Unfit("file-unsafe")
    return unpacked


def _directory(data: bytes) -> tuple[int, int, int]:
    """How many members the directory has, where it starts and where it ends."""
    end = data.rfind(END_MAGIC)
    if end < 0:
        raise Unfit("file-not-what-it-says")
    _, disk, start_disk, here, count, length, start, comment = END.unpack_from(data, end)
    is_one_file = (disk, start_disk, here) == (0, 0, count)
    if not is_one_file or start + length != end or end + END.size + comment != len(data):
        raise Unfit("file-not-what-it-says")
    if count > MAX_MEMBERS:
        raise Unfit("file-unsafe")
    return count, start, end


def _entries(data: bytes, count: int, at: int, end: int) -> Iterator[Member]:
    for _ in range(count):
        member, at = _entry(data, at)
        yield member
    if at != end:
        raise Unfit("file-not-what-it-says")


def _entry(data: bytes, at: int) -> tuple[Member, int]:
    fields = ENTRY.unpack_from(data, at)
    magic, _, _, flags, method, _, _, checksum, packed, size, name, extra, comment, _, _, _, header_at = fields
    if magic != ENTRY_MAGIC:
        raise Unfit("file-not-what-it-says")
    if flags & ENCRYPTED:
        raise Unfit("file-encrypted")
    raw_name = data[at + ENTRY.size : at + ENTRY.size + name]
    member = Member(
        name=_name(raw_name),
        raw_name=raw_name,
        method=method,
        checksum=checksum,
        packed=packed,
        size=size,
        header_at=header_at,
    )
    if method not in {STORED, DEFLATED} or UNSAFE_NAME.search(member.name):
        raise Unfit("file-unsafe")
    return member, at + ENTRY.size + name + extra + comment


def _name(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp437")


def _span(data: bytes, member: Member) -> tuple[int, int]:
    """From the member's own header to the end of all that is its own; raises Unfit if the two headers disagree."""
    magic, _, flags, method, _, _, _, packed, size, name, _ = LOCAL.unpack_from(data, member.header_at)
    name_at = member.header_at + LOCAL.size
    same_name = data[name_at : name_at + name] == member.raw_name
    left_open = {0, ELSEWHERE} if flags & SIZES_FOLLOW else set[int]()
    same_sizes = packed in {member.packed, *left_open} and size in {member.size, *left_open}
    if magic != LOCAL_MAGIC or method != member.method or not same_name or not same_sizes or flags & ENCRYPTED:
        raise Unfit("file-unsafe")
    start, end = _content(data, member)
    return member.header_at, _after_sizes(data, member, start, end) if flags & SIZES_FOLLOW else end


def _after_sizes(data: bytes, member: Member, start: int, end: int) -> int:
    """Where the sizes that follow a member end: they must say what the directory says, in one of their four forms."""
    # Of a stored member a reader without the directory finds the end by searching: there may be one end only.
    if member.method == STORED and any(magic in data[start:end] for magic in SEARCHED):
        raise Unfit("file-unsafe")
    for form in ("<LLL", "<LQQ"):
        said = pack(form, member.checksum, member.packed, member.size)
        for follows in (FOLLOW_MAGIC + said, said):
            if data.startswith(follows, end):
                return end + len(follows)
    raise Unfit("file-unsafe")


def _content(data: bytes, member: Member) -> tuple[int, int]:
    *_, name, extra = LOCAL.unpack_from(data, member.header_at)
    start = member.header_at + LOCAL.size + name + extra
    return start, start + member.packed
