"""Word and Excel files in the ZIP format: what must be inside, what must not, and archives that lie."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from services.intake.adapters.files import MEDIA_TYPES, FileRefused, inspect
from services.policy.form import MAX_ATTACHMENT_BYTES, Attachments
from tests.unit.intake import corpus
from tests.unit.intake.corpus import archive, content_types, office_parts, relationship, with_part

RULE = Attachments(max_bytes_exclusive=MAX_ATTACHMENT_BYTES, extensions=tuple(MEDIA_TYPES))
UNSAFE, OTHER, ENCRYPTED = "file-unsafe", "file-not-what-it-says", "file-encrypted"


def slug(data: bytes, name: str = "a.docx") -> str:
    """The slug of the refusal; empty if the file is taken."""
    verdict = inspect(data, name, RULE)
    return verdict.slug if isinstance(verdict, FileRefused) else ""


def patched(data: bytes, old: bytes, new: bytes, *, times: int = 1) -> bytes:
    """The same file with some bytes replaced; they must be there exactly that often."""
    assert data.count(old) == times
    return data.replace(old, new)


@pytest.mark.parametrize("name", ["word/document2.xml", "word/document.xml"])
def test_the_main_part_may_be_numbered(name: str) -> None:
    type_ = corpus.MAIN["docx"][1]
    assert slug(archive({"[Content_Types].xml": content_types((name, type_)), name: b"<w/>"})) == ""


def test_an_archive_without_the_main_part_is_not_a_document() -> None:
    parts = office_parts()
    del parts["word/document.xml"]
    assert slug(archive(parts)) == OTHER
    assert slug(archive({"readme.txt": b"x"})) == OTHER


def test_a_main_part_of_another_type_is_not_a_document() -> None:
    for type_ in ("application/xml", corpus.MAIN["xlsx"][1]):
        types = content_types(("word/document.xml", type_))
        assert slug(archive(office_parts() | {"[Content_Types].xml": types})) == OTHER


def test_only_the_content_types_say_what_the_main_part_is() -> None:
    elsewhere = content_types(("word/document.xml", corpus.MAIN["docx"][1]))
    types = content_types(("word/document.xml", "application/xml"))
    parts = office_parts() | {"[Content_Types].xml": types, "word/_rels/a.rels": elsewhere}
    assert slug(archive(parts)) == OTHER


def test_the_content_types_must_be_there() -> None:
    parts = office_parts()
    parts["word/[Content_Types].xml"] = parts.pop("[Content_Types].xml")
    assert slug(archive(parts)) == OTHER


@pytest.mark.parametrize(
    "name",
    [
        "word/vbaProject.bin",
        "word/VBAPROJECT.BIN",
        "word/vbaData.xml",
        "word/activeX/activeX1.xml",
        "word/embeddings/oleObject1.bin",
        "embeddings/a.bin",
        "xl/macrosheets/sheet1.xml",
        "xl/externalLinks/externalLink1.xml",
        "word/media/image1.zip",
        "word/inner.docx",
        "word/run.exe",
    ],
)
def test_parts_that_run_embed_or_link_are_refused(name: str) -> None:
    assert slug(with_part(name)) == UNSAFE


@pytest.mark.parametrize("name", ["word/media/image1.png", "word/theme/theme1.xml", "docProps/core.xml", "word/"])
def test_ordinary_parts_are_taken(name: str) -> None:
    assert slug(with_part(name, b"")) == ""


@pytest.mark.parametrize(
    "magic",
    [archive({"a": b"b"}), corpus.compound({"dir": b"x"}), b"Rar!\x1a", b"7z\xbc\xaf", b"MSCF", b"MZ\x90", b"%PDF-1"],
)
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_file_inside_the_file_is_known_by_its_first_bytes_whatever_its_name(magic: bytes, method: int) -> None:
    assert slug(archive(office_parts() | {"word/media/image1.png": magic}, method=method)) == UNSAFE


@pytest.mark.parametrize(
    "type_",
    [
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.ms-office.vbaProject",
        "application/vnd.ms-office.activeX+xml",
        "application/vnd.openxmlformats-officedocument.oleObject",
        "application/vnd.ms-excel.macrosheet+xml",
        "application/vnd.openxmlformats-officedocument.package",
    ],
)
def test_a_content_type_of_macros_is_refused_under_any_part_name(type_: str) -> None:
    types = content_types(("word/document.xml", corpus.MAIN["docx"][1]), ("word/theme.bin", type_))
    assert slug(archive(office_parts() | {"[Content_Types].xml": types, "word/theme.bin": b"x"})) == UNSAFE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
@pytest.mark.parametrize("mode", ["External", "external", " External "])
def test_a_template_from_elsewhere_is_refused_in_any_encoding(encoding: str, mode: str) -> None:
    rels = relationship("attachedFrame", "http://a.example/x.dotm", mode=mode).decode()
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{rels}'.encode(encoding)
    assert slug(with_part("word/_rels/settings.xml.rels", xml)) == UNSAFE
    assert slug(with_part("word/_rels/settings.XML.RELS", xml)) == UNSAFE


def test_links_that_a_person_clicks_are_taken() -> None:
    assert (
        slug(with_part("word/_rels/document.xml.rels", relationship("hyperlink", "https://a.vn", mode="External")))
        == ""
    )
    assert slug(with_part("word/_rels/document.xml.rels", relationship("styles", "styles.xml"))) == ""


@pytest.mark.parametrize(
    "kind",
    ["vbaProject", "oleObject", "control", "package", "aFChunk", "attachedTemplate", "subDocument", "externalLink"],
)
def test_relationships_that_run_or_embed_are_refused(kind: str) -> None:
    assert slug(with_part("word/_rels/document.xml.rels", relationship(kind, "media/image1.png"))) == UNSAFE


@pytest.mark.parametrize("xml", [b"", b"<a>", b"not xml", b'<?xml version="1.0" encoding="no-such"?><a/>',
                                 b'<?xml version="1.0" encoding="shift_jis"?><a/>'])  # fmt: skip
def test_relationships_that_are_not_xml_are_refused(xml: bytes) -> None:
    assert slug(with_part("word/_rels/document.xml.rels", xml)) == OTHER


def test_relationships_with_entities_are_refused_before_they_grow() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    assert slug(with_part("word/_rels/document.xml.rels", bomb)) == UNSAFE


def test_more_relationships_than_can_be_read_in_time_are_refused() -> None:
    def padded(size: int) -> dict[str, bytes]:
        return {
            "word/_rels/a.rels": b"<a>" + bytes(range(65, 91)) * size + b"</a>",
            "word/noise": corpus.noise(500_000),
        }

    assert slug(archive(office_parts() | padded(10_000))) == ""
    assert slug(archive(office_parts() | padded(20_000))) == UNSAFE


def test_a_bomb_that_says_what_it_is_is_refused() -> None:
    assert slug(with_part("word/a.xml", bytes(2_000_000))) == UNSAFE
    noise = {"word/noise": corpus.noise(1_000_000)}
    assert slug(archive(office_parts() | noise | {"word/a.xml": bytes(49_000_000 - 10_000)})) == ""
    assert slug(archive(office_parts() | noise | {"word/a.xml": bytes(49_000_000 + 10_000)})) == UNSAFE


@pytest.mark.parametrize("said", [0, 10, 199_999, 200_001])
def test_a_member_that_lies_about_its_size_is_refused(said: int) -> None:
    data = archive(office_parts() | {"word/a.xml": bytes(200_000), "word/noise": corpus.noise(10_000)})
    assert slug(data) == ""
    lie = patched(data, struct.pack("<L", 200_000), struct.pack("<L", said), times=2)
    assert slug(lie) == UNSAFE


def test_a_stored_member_that_lies_about_its_size_is_refused() -> None:
    data = archive(office_parts() | {"word/a.xml": b"y" * 777}, method=zipfile.ZIP_STORED)
    lie = patched(data, struct.pack("<LL", 777, 777), struct.pack("<LL", 777, 776), times=2)
    assert slug(data) == ""
    assert slug(lie) == UNSAFE


def test_a_member_with_something_behind_its_content_is_refused() -> None:
    packed = corpus.deflated(b"a" * 100)
    data = corpus.raw_archive(office_parts(), ("word/a.xml", packed + b"more", 100))
    assert slug(corpus.raw_archive(office_parts(), ("word/a.xml", packed, 100))) == ""
    assert slug(data) == UNSAFE


def test_a_member_that_is_cut_or_broken_is_refused() -> None:
    packed = corpus.deflated(corpus.noise(100))
    assert slug(corpus.raw_archive(office_parts(), ("word/a.xml", packed[:-5], 100))) == UNSAFE
    assert slug(corpus.raw_archive(office_parts(), ("word/a.xml", packed[:-1], 100))) == UNSAFE
    assert slug(corpus.raw_archive(office_parts(), ("word/a.xml", b"\xff" * 20, 100))) == OTHER
    unfinished = corpus.deflated(b"a" * 100, finish=False)
    assert slug(corpus.raw_archive(office_parts(), ("word/a.xml", unfinished, 100))) == UNSAFE


def test_too_many_members_are_refused() -> None:
    few = {f"word/{number}.xml": b"x" for number in range(1_997)}
    assert slug(archive(office_parts() | few)) == ""
    assert slug(archive(office_parts() | few | {"word/one.xml": b"x"})) == UNSAFE


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../a.xml", "word/../../a", "word\\a.xml", "C:a.xml", "a\x01b", "word/.."]
)
def test_names_that_lead_out_of_the_archive_are_refused(name: str) -> None:
    data = archive(office_parts() | {"x" * len(name): b"x"})
    assert slug(patched(data, b"x" * len(name), name.encode(), times=2)) == UNSAFE


def test_names_that_only_have_dots_are_taken() -> None:
    assert slug(with_part("word/a..b.xml")) == ""


def test_a_name_in_an_old_code_page_is_taken() -> None:
    data = with_part("word/hinhanh.xml")
    assert slug(patched(data, b"hinhanh", b"h\xecnh\xa0nh"[:7], times=2)) == ""


def test_one_name_twice_is_refused() -> None:
    data = archive(office_parts() | {"word/documenX.xml": b"x"})
    assert slug(patched(data, b"word/documenX.xml", b"word/Document.xml", times=2)) == UNSAFE


@pytest.mark.parametrize("flag", [0x0001, 0x0040, 0x2000])
def test_members_with_a_password_are_refused_as_encrypted(flag: int) -> None:
    data = bytearray(corpus.office())
    at = data.index(b"PK\x01\x02")
    data[at + 8 : at + 10] = struct.pack("<H", flag)
    assert slug(bytes(data)) == ENCRYPTED


@pytest.mark.parametrize(
    ("offset", "value"),
    [(0, 0x4242), (6, 0x0001), (8, 0), (18, 1), (22, 1), (30, 0x4242)],
    ids=["magic", "flags", "method", "packed", "size", "name"],
)
def test_a_member_whose_own_header_says_otherwise_is_refused(offset: int, value: int) -> None:
    data = bytearray(with_part("word/a.xml", b"abc"))
    at = data.rindex(b"PK\x03\x04")
    data[at + offset : at + offset + 2] = struct.pack("<H", value)
    assert slug(bytes(data)) == UNSAFE


def test_a_packing_that_is_not_known_is_refused() -> None:
    assert slug(archive(office_parts(), method=zipfile.ZIP_LZMA)) == UNSAFE
    data = bytearray(archive(office_parts() | {"word/a.xml": b"abc"}, method=zipfile.ZIP_STORED))
    data[data.rindex(b"PK\x03\x04") + 8] = data[data.rindex(b"PK\x01\x02") + 10] = 99
    assert slug(bytes(data)) == UNSAFE


def test_members_that_share_bytes_are_refused() -> None:
    assert slug(corpus.overlapping(office_parts())) == UNSAFE


def test_a_member_that_reaches_into_the_directory_is_refused() -> None:
    data = archive(office_parts() | {"word/a.xml": b"y" * 777}, method=zipfile.ZIP_STORED)
    assert slug(patched(data, struct.pack("<LL", 777, 777), struct.pack("<LL", 800, 800), times=2)) == UNSAFE


def test_an_archive_with_something_before_it_is_refused_even_if_it_says_so() -> None:
    buffer = io.BytesIO(b"<html>")
    with zipfile.ZipFile(buffer, "a") as writer:
        for name, content in office_parts().items():
            writer.writestr(name, content)
    assert zipfile.is_zipfile(buffer)
    assert slug(buffer.getvalue()) == OTHER


def test_an_archive_with_something_behind_it_is_refused() -> None:
    data = corpus.office()
    assert slug(data + b"\0") == OTHER
    assert slug(data + data) == OTHER
    assert slug(data[:-1]) == OTHER
    assert slug(b"PK\x03\x04" + bytes(100)) == OTHER


@pytest.mark.parametrize("offset", [4, 6, 8, 10, 12, 16])
def test_an_end_record_that_does_not_fit_is_refused(offset: int) -> None:
    data = bytearray(corpus.office())
    at = data.index(b"PK\x05\x06") + offset
    data[at] += 1
    assert slug(bytes(data)) == OTHER


def test_a_directory_with_fewer_members_than_bytes_is_refused() -> None:
    data = bytearray(with_part("word/vbaProject.bin"))
    at = data.index(b"PK\x05\x06")
    data[at + 8 : at + 12] = struct.pack("<HH", 3, 3)
    assert slug(bytes(data)) == OTHER


def test_a_directory_entry_that_is_none_is_refused() -> None:
    data = bytearray(corpus.office())
    data[data.index(b"PK\x01\x02") + 3] = 9
    assert slug(bytes(data)) == OTHER


def test_a_header_outside_the_file_is_refused() -> None:
    data = bytearray(corpus.office())
    at = data.index(b"PK\x01\x02")
    data[at + 42 : at + 46] = struct.pack("<L", len(data) - 3)
    assert slug(bytes(data)) == OTHER
