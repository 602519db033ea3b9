"""Archives have one reading only: what a reader from the front sees is what the directory at the back names."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from services.intake.adapters.files import MEDIA_TYPES, FileRefused, inspect
from services.policy.form import MAX_ATTACHMENT_BYTES, Attachments
from tests.unit.intake import corpus
from tests.unit.intake.corpus import archive, between, office_parts, streamed

RULE = Attachments(max_bytes_exclusive=MAX_ATTACHMENT_BYTES, extensions=tuple(MEDIA_TYPES))
UNSAFE = "file-unsafe"
LOCAL, ENTRY, SIZES = b"PK\x03\x04", b"PK\x01\x02", b"PK\x07\x08"
PLACES: dict[str, Callable[[bytes], int]] = {
    "before the first member": lambda _: 0,
    "between members": lambda data: data.rindex(LOCAL),
    "before the directory": lambda data: data.index(ENTRY),
}


def slug(data: bytes, name: str = "a.docx") -> str:
    """The slug of the refusal; empty if the file is taken."""
    verdict = inspect(data, name, RULE)
    return verdict.slug if isinstance(verdict, FileRefused) else ""


def undeclared(name: str = "word/vbaProject.bin") -> bytes:
    """A whole member as it lies in an archive, without its line in the directory."""
    data = archive({name: b"macro"})
    return data[: data.index(ENTRY)]


@pytest.mark.parametrize("place", PLACES)
def test_a_member_that_the_directory_does_not_name_is_refused(place: str) -> None:
    whole = archive(office_parts())
    data = between(whole, undeclared(), at=PLACES[place](whole))
    assert sorted(zipfile.ZipFile(io.BytesIO(data)).namelist()) == sorted(office_parts())
    assert data.startswith(LOCAL)
    assert slug(data) == UNSAFE


@pytest.mark.parametrize("size", [1, 12, 16, 20, 24])
@pytest.mark.parametrize("start", [b"", SIZES])
def test_bytes_that_no_member_owns_are_refused(start: bytes, size: int) -> None:
    whole = archive(office_parts())
    assert slug(whole) == ""
    assert slug(between(whole, start.ljust(size, b"\0"), at=PLACES["between members"](whole))) == UNSAFE


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_archives_that_were_written_in_one_go_are_taken(kind: str, method: int, large: bool) -> None:
    data = streamed(office_parts(kind), method=method, large=large)
    assert data.count(SIZES) == 3
    assert slug(data, f"a.{kind}") == ""


@pytest.mark.parametrize("large", [False, True])
def test_sizes_may_follow_without_their_mark(large: bool) -> None:
    data = streamed(office_parts() | {"word/a.xml": b"<a/>"}, large=large)
    at = data.rindex(SIZES)
    unmarked = bytearray(data[:at] + data[at + 4 :])
    end = unmarked.rindex(b"PK\x05\x06")
    struct.pack_into("<L", unmarked, end + 16, unmarked.index(ENTRY))
    assert slug(bytes(unmarked)) == ""


@pytest.mark.parametrize("offset", [3, 4, 8, 12], ids=["mark", "checksum", "packed", "size"])
def test_sizes_that_follow_must_be_those_of_the_directory(offset: int) -> None:
    data = bytearray(streamed(office_parts()))
    data[data.rindex(SIZES) + offset] ^= 1
    assert slug(bytes(data)) == UNSAFE


@pytest.mark.parametrize("place", PLACES)
def test_nothing_hides_where_sizes_follow(place: str) -> None:
    whole = streamed(office_parts())
    assert slug(between(whole, undeclared(), at=PLACES[place](whole))) == UNSAFE


def test_sizes_that_are_said_to_follow_and_do_not_are_refused() -> None:
    data = bytearray(archive(office_parts()))
    at = data.rindex(LOCAL)
    data[at + 6 : at + 8] = struct.pack("<H", 0x0008)
    data[at + 14 : at + 26] = bytes(12)
    assert slug(bytes(data)) == UNSAFE


def test_the_end_of_a_stored_member_whose_sizes_follow_is_plain_to_see() -> None:
    picture = {"word/media/image1.png": b"\x89PNG" + undeclared()}
    assert slug(archive(office_parts() | picture, method=zipfile.ZIP_STORED)) == ""
    assert slug(streamed(office_parts() | picture)) == ""
    assert slug(streamed(office_parts() | picture, method=zipfile.ZIP_STORED)) == UNSAFE


def test_a_member_may_say_more_of_itself_than_the_directory_does() -> None:
    """Word leaves itself room to grow in the header of its first member."""
    info = zipfile.ZipInfo("[Content_Types].xml")
    info.extra = struct.pack("<HHHH", 0xA220, 4, 0xA028, 0)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr(info, office_parts()["[Content_Types].xml"])
        info.extra = b""
        for name, content in corpus.office_parts().items():
            if name != info.filename:
                writer.writestr(name, content)
    assert slug(buffer.getvalue()) == ""
