"""Files as customers send them, and as attackers do: built here, byte by byte, so that each has one thing wrong."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from dataclasses import dataclass, field

OFFICE = "application/vnd.openxmlformats-officedocument"
MAIN = {
    "docx": ("word/document.xml", f"{OFFICE}.wordprocessingml.document.main+xml", b"<w:document/>"),
    "xlsx": ("xl/workbook.xml", f"{OFFICE}.spreadsheetml.sheet.main+xml", b"<workbook/>"),
}
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def content_types(*overrides: tuple[str, str]) -> bytes:
    """`[Content_Types].xml` with these parts and types."""
    lines = "".join(f'<Override PartName="/{part}" ContentType="{type_}"/>' for part, type_ in overrides)
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{space}">{lines}</Types>'.encode()


def relationship(kind: str, target: str, *, mode: str = "Internal") -> bytes:
    """A `.rels` part with one relationship."""
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    line = f'<Relationship Id="rId1" Type="{RELATIONS}/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return f'<Relationships xmlns="{space}">{line}</Relationships>'.encode()


def archive(parts: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as writer:
        for name, content in parts.items():
            writer.writestr(name, content)
    return buffer.getvalue()


def office_parts(kind: str = "docx") -> dict[str, bytes]:
    """The parts of a small document that is in order."""
    main, type_, content = MAIN[kind]
    return {
        "[Content_Types].xml": content_types((main, type_)),
        "_rels/.rels": relationship("officeDocument", main),
        main: content,
    }


def office(kind: str = "docx", **changes: bytes) -> bytes:
    """A document of that kind; `changes` are further parts."""
    return archive(office_parts(kind) | changes)


def with_part(name: str, content: bytes = b"x", kind: str = "docx") -> bytes:
    """A document with one more part."""
    return archive(office_parts(kind) | {name: content})


def noise(size: int) -> bytes:
    """Bytes that do not pack, always the same."""
    return random.Random(7).randbytes(size)


def deflated(content: bytes, *, finish: bool = True) -> bytes:
    """The bytes as an archive packs them."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush(zlib.Z_FINISH if finish else zlib.Z_SYNC_FLUSH)


def raw_archive(parts: dict[str, bytes], member: tuple[str, bytes, int]) -> bytes:
    """An archive with one more member, whose packed bytes and size are taken as they are."""
    name, packed, size = member
    stand_in = archive(parts | {name: b"\0" * 7}, method=zipfile.ZIP_STORED)
    at, directory = stand_in.rindex(b"PK\x03\x04"), stand_in.index(b"PK\x01\x02")
    entry_at = stand_in.rindex(b"PK\x01\x02")
    header = bytearray(stand_in[at : at + 30] + name.encode())
    entries = bytearray(stand_in[directory:])
    sizes = struct.pack("<LL", len(packed), size)
    header[8:10], header[18:26] = b"\x08\0", sizes
    entries[entry_at - directory + 10 : entry_at - directory + 12] = b"\x08\0"
    entries[entry_at - directory + 20 : entry_at - directory + 28] = sizes
    before = stand_in[:at] + bytes(header) + packed
    entries[-6:-2] = struct.pack("<L", len(before))
    return before + bytes(entries)


class Pipe(io.BytesIO):
    """A place to write to that nobody can go back in: a ZIP writer must let the sizes follow each member."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError


def streamed(parts: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, large: bool = False) -> bytes:
    """An archive of these parts as office programs write it in one go; `large` has its sizes in eight bytes."""
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", method) as writer:
        for name, content in parts.items():
            with writer.open(name, "w", force_zip64=large) as part:
                part.write(content)
    return pipe.getvalue()


def between(data: bytes, more: bytes, *, at: int) -> bytes:
    """The archive with bytes put in at a place where nothing declares them, every offset set right."""
    directory, end = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    moved = bytearray(data)
    entry = directory
    while entry < end:
        (header_at,) = struct.unpack_from("<L", data, entry + 42)
        struct.pack_into("<L", moved, entry + 42, header_at + len(more) * (header_at >= at))
        entry += 46 + sum(struct.unpack_from("<HHH", data, entry + 28))
    struct.pack_into("<L", moved, end + 16, directory + len(more))
    return bytes(moved[:at]) + more + bytes(moved[at:])


def overlapping(parts: dict[str, bytes]) -> bytes:
    """An archive whose last member lies inside the content of the one before it."""
    inner = archive({"word/b.xml": b"b"}, method=zipfile.ZIP_STORED)
    inner_header = inner[: inner.index(b"PK\x01\x02")]
    outer = bytearray(
        archive(parts | {"word/a.xml": b"<a/>" + inner_header, "word/b.xml": b"b"}, method=zipfile.ZIP_STORED)
    )
    inside = outer.index(inner_header)
    entry = outer.rindex(b"PK\x01\x02")
    outer[entry + 42 : entry + 46] = struct.pack("<L", inside)
    return bytes(outer)


OBJECT_STREAM = b"5 0 6 25 << /Type /Catalog >>      << /S /URI /URI (http://a.vn) >>"


@dataclass(kw_only=True)
class Pdf:
    """A PDF put together from objects; `streams` are (dictionary, content)."""

    objects: list[bytes] = field(default_factory=lambda: [b"<< /Type /Catalog /Pages 2 0 R >>"])
    streams: list[tuple[bytes, bytes]] = field(default_factory=list)
    trailer: bytes = b"<< /Root 1 0 R /Size 9 >>"
    end: bytes = b"%%EOF\n"

    def build(self) -> bytes:
        """The bytes of the file."""
        bodies = [*self.objects]
        bodies += [
            b"<< " + dictionary + b" >>\nstream\n" + content + b"\nendstream" for dictionary, content in self.streams
        ]
        numbered = (b"%d 0 obj\n%s\nendobj\n" % (number, body) for number, body in enumerate(bodies, 1))
        return b"%PDF-1.7\n" + b"".join(numbered) + b"trailer\n" + self.trailer + b"\nstartxref\n0\n" + self.end


def object_stream(content: bytes = OBJECT_STREAM, more: bytes = b"") -> tuple[bytes, bytes]:
    """A compressed object stream: what PDF 1.5 packs its objects into."""
    return b"/Type /ObjStm /N 2 /First 9 /Filter /FlateDecode" + more, zlib.compress(content)


SECTOR = 512
END_OF_CHAIN, FREE, FAT_SECTOR = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def word_stream(*, flags: int = 0, magic: int = 0xA5EC, size: int = 4096) -> bytes:
    """The start of a Word document, filled up."""
    return struct.pack("<HHHHHH", magic, 0xC1, 0, 0x0409, 0, flags).ljust(size, b"\0")


def record(kind: int, content: bytes = b"") -> bytes:
    """One record of an Excel workbook."""
    return struct.pack("<HH", kind, len(content)) + content


def bound_sheet(kind: int) -> bytes:
    """The record that names a sheet; 0 is a worksheet, 1 a sheet of macros."""
    return record(0x0085, struct.pack("<LBB", 0, 0, kind) + b"\x02\x00S1")


def workbook_stream(*records: bytes, size: int = 4096) -> bytes:
    """The workbook's own part: first record, these records, last record, filled up."""
    return b"".join([record(0x0809, bytes(16)), *records, record(0x000A)]).ljust(size, b"\0")


def compound(streams: dict[str, bytes], *, storages: tuple[str, ...] = (), padding: int = 0) -> bytes:
    """An OLE compound file; streams under 4096 bytes go into the mini stream, as they must."""
    sectors: list[bytes] = []
    fat: list[int] = []

    def add(content: bytes) -> int:
        start = len(sectors)
        count = -(-len(content) // SECTOR)
        sectors.extend(content[at * SECTOR : (at + 1) * SECTOR].ljust(SECTOR, b"\0") for at in range(count))
        fat.extend([*range(start + 1, start + count), END_OF_CHAIN] if count else [])
        return start if count else END_OF_CHAIN

    mini, mini_fat, entries = b"", list[int](), list[bytes]()
    for name, content in streams.items():
        if len(content) >= 4096:
            entries.append(_entry(name, 2, add(content), len(content)))
            continue
        start, count = len(mini_fat), -(-len(content) // 64)
        mini_fat += [*range(start + 1, start + count), END_OF_CHAIN]
        mini += content.ljust(count * 64, b"\0")
        entries.append(_entry(name, 2, start, len(content)))
    add(bytes(padding))
    entries += [_entry(name, 1, 0, 0) for name in storages]
    root = _entry("Root Entry", 5, add(mini), len(mini), child=1 if entries else 0xFFFFFFFF)
    chained = [entry[:72] + struct.pack("<L", at + 2) + entry[76:] for at, entry in enumerate(entries[:-1])]
    directory = add(b"".join([root, *chained, *entries[-1:]]).ljust(-(-(len(entries) + 1) // 4) * SECTOR, b"\0"))
    mini_at = add(struct.pack(f"<{len(mini_fat)}L", *mini_fat).ljust(-(-len(mini_fat) // 128) * SECTOR, b"\xff"))
    fat_at = len(sectors)
    fat_count = -(-(len(fat) + 16) // 128)
    fat += [FAT_SECTOR] * fat_count
    table = struct.pack(f"<{len(fat)}L", *fat).ljust(fat_count * SECTOR, b"\xff")
    difat = [fat_at + number for number in range(fat_count)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    mini_count = -(-len(mini_fat) // 128)
    header += struct.pack("<LLLLLLLLL", 0, fat_count, directory, 0, 4096, mini_at, mini_count, END_OF_CHAIN, 0)
    header += struct.pack("<109L", *[*difat, *[FREE] * (109 - len(difat))])
    return header + b"".join(sectors) + table


def circular() -> bytes:
    """A compound file of large sectors whose tables are one and the same, and whose every chain is a circle."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 4, 0xFFFE, 12, 6) + bytes(6)
    header += struct.pack("<LLLLLLLLL", 0, 109, 1, 0, 4096, END_OF_CHAIN, 0, END_OF_CHAIN, 0)
    header += bytes(109 * 4)
    return header.ljust(4096, b"\0") + struct.pack("<1024L", *range(1024)) + bytes(4096)


def _entry(name: str, kind: int, start: int, size: int, *, child: int = 0xFFFFFFFF) -> bytes:
    raw = name.encode("utf-16-le")
    head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2, kind, 1)
    return head + struct.pack("<LLL", FREE, FREE, child) + bytes(36) + struct.pack("<LQ", start, size)
