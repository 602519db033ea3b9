"""Word and Excel files of the years before 2007 (OLE): the right stream, no macros, no password.

The directory is read as a flat list, so that an entry which no storage points to any more counts too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from struct import Struct, unpack_from
from struct import error as struct_error

from services.intake.adapters.file_verdict import Unfit

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER = Struct("<24xHHHHH6xLLLLLLLLL")
HEADER_FAT = 109
MAX_ENTRIES = 2_000
MAX_RECORDS = 50_000
END_OF_CHAIN = 0xFFFFFFFE
MINI_SECTOR = 64
MINI_CUTOFF = 4_096

STORAGE, STREAM, ROOT = 1, 2, 5
MAIN_STREAMS = {".doc": {"worddocument"}, ".xls": {"workbook", "book"}}
ALL_MAIN_STREAMS = {"worddocument", "workbook", "book"}
LOCKED = {"encryptedpackage", "encryptioninfo"}
MACROS = {"macros", "vba", "_vba_project", "_vba_project_cur"}
# What Word and Excel call the storage of an embedded object, and the stream of a packed file.
EMBEDDED = re.compile(r"_\d{5,}|mbd[0-9a-f]{6,}|\x01ole10native|package")

WORD_MAGICS = {0xA5EC, 0xA5DC}
WORD_ENCRYPTED = 0x0100
BOF, EOF, FILE_PASS, BOUND_SHEET = 0x0809, 0x000A, 0x002F, 0x0085
MACRO_SHEETS = {1, 6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the directory: a storage, a stream or the root."""

    name: str
    kind: int
    start: int
    size: int


class Compound:
    """The sectors of a compound file and what its directory lists."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        header = HEADER.unpack_from(data)
        _, major, _, shift, mini_shift, _, fat_count, directory, _, cutoff, mini, _, _, more = header
        usual = (major, shift) in {(3, 9), (4, 12)} and (mini_shift, cutoff) == (6, MINI_CUTOFF)
        if not usual or more or fat_count > HEADER_FAT:
            raise Unfit("file-not-what-it-says")
        self.sector = 1 << shift
        fat = self._table(unpack_from(f"<{fat_count}L", data, HEADER.size))
        # No chain is longer than its table: cut to the sectors that the file has, it cannot run away.
        self.fat = fat[: len(data) // self.sector]
        self.entries = tuple(self._entries(directory))
        self.mini_fat = self._table(tuple(_chain(self.fat, mini)))

    def content(self, entry: Entry) -> bytes:
        """The bytes of a stream; short ones lie in the stream of the root."""
        if entry.size >= MINI_CUTOFF or entry.kind == ROOT:
            return self._sectors(entry.start)[: entry.size]
        root = next((one for one in self.entries if one.kind == ROOT), None)
        if root is None:
            raise Unfit("file-not-what-it-says")
        mini = self.content(root)
        numbers = islice(_chain(self.mini_fat, entry.start), -(-entry.size // MINI_SECTOR))
        return b"".join(mini[one * MINI_SECTOR : (one + 1) * MINI_SECTOR] for one in numbers)[: entry.size]

    def _sectors(self, start: int) -> bytes:
        return b"".join(map(self._sector, _chain(self.fat, start)))

    def _sector(self, number: int) -> bytes:
        return self.data[(number + 1) * self.sector : (number + 2) * self.sector]

    def _table(self, sectors: tuple[int, ...]) -> tuple[int, ...]:
        raw = b"".join(map(self._sector, sectors))
        return unpack_from(f"<{len(raw) // 4}L", raw)

    def _entries(self, directory: int) -> Iterator[Entry]:
        raw = self._sectors(directory)
        if len(raw) > MAX_ENTRIES * 128:
            raise Unfit("file-unsafe")
        for at in range(0, len(raw) - 127, 128):
            length, kind = unpack_from("<HB", raw, at + 64)
            start, size = unpack_from("<LL", raw, at + 116)
            name = raw[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
            if kind in {STORAGE, STREAM, ROOT}:
                yield Entry(name=name.casefold(), kind=kind, start=start, size=size)


def check(data: bytes, extension: str) -> None:
    """Raise Unfit unless this is a plain document of that extension."""
    try:
        file = Compound(data)
        for main in _mains(file.entries, MAIN_STREAMS.get(extension, set())):
            content = file.content(main)
            if extension == ".doc":
                _check_word(content)
            else:
                _check_workbook(content)
    except struct_error:
        raise Unfit("file-not-what-it-says") from None


def _mains(entries: tuple[Entry, ...], expected: set[str]) -> list[Entry]:
    """The streams that hold the document, once the directory has shown nothing that must not be there."""
    names = {entry.name for entry in entries}
    if names & LOCKED:
        raise Unfit("file-encrypted")
    if not names & expected:
        raise Unfit("file-not-what-it-says")
    mains = [entry for entry in entries if entry.name in ALL_MAIN_STREAMS]
    mixed = len(mains) > len(names & expected)
    if mixed or names & MACROS or any(map(EMBEDDED.fullmatch, names)):
        raise Unfit("file-unsafe")
    return mains


def _check_word(content: bytes) -> None:
    magic, flags = unpack_from("<H8xH", content)
    if magic not in WORD_MAGICS:
        raise Unfit("file-not-what-it-says")
    if flags & WORD_ENCRYPTED:
        raise Unfit("file-encrypted")


def _check_workbook(content: bytes) -> None:
    """Walk the records of the workbook's own part: it names its sheets, and says if it is locked."""
    at = 0
    for count in range(MAX_RECORDS):
        kind, length = unpack_from("<HH", content, at)
        if count == 0 and kind != BOF:
            raise Unfit("file-not-what-it-says")
        if kind == FILE_PASS:
            raise Unfit("file-encrypted")
        if kind == BOUND_SHEET and unpack_from("<9xB", content, at)[0] in MACRO_SHEETS:
            raise Unfit("file-unsafe")
        if kind == EOF:
            return
        at += 4 + length
    raise Unfit("file-unsafe")


def _chain(table: tuple[int, ...], at: int) -> Iterator[int]:
    """The sectors of one chain; raises Unfit if it does not end, or ends outside the table."""
    for _ in table:
        if at >= len(table):
            break
        yield at
        at = table[at]
    if at != END_OF_CHAIN:
        raise Unfit("file-not-what-it-says")
