"""Word and Excel files of the years before 2007: what must be inside, and what must not."""

from __future__ import annotations

import struct

import pytest

from services.intake.adapters.files import MEDIA_TYPES, FileRefused, inspect
from services.policy.form import MAX_ATTACHMENT_BYTES, Attachments
from tests.unit.intake import corpus

RULE = Attachments(max_bytes_exclusive=MAX_ATTACHMENT_BYTES, extensions=tuple(MEDIA_TYPES))
UNSAFE, OTHER, ENCRYPTED = "file-unsafe", "file-not-what-it-says", "file-encrypted"


def slug(data: bytes, name: str) -> str:
    """The slug of the refusal; empty if the file is taken."""
    verdict = inspect(data, name, RULE)
    return verdict.slug if isinstance(verdict, FileRefused) else ""


DOC = {"WordDocument": corpus.word_stream(), "1Table": b"abc", "\x01CompObj": b"x", "\x05SummaryInformation": b"y"}
XLS = {"Workbook": corpus.workbook_stream(corpus.bound_sheet(0), corpus.bound_sheet(2)), "\x05Summary": b"x"}


def test_old_documents_in_order_are_taken() -> None:
    assert slug(corpus.compound(DOC, storages=("ObjectPool",)), "a.doc") == ""
    assert slug(corpus.compound(XLS), "a.xls") == ""
    assert slug(corpus.compound({"Book": corpus.workbook_stream()}), "a.xls") == ""
    assert slug(corpus.compound(DOC, padding=400_000), "a.doc") == ""


def test_a_short_document_lies_in_the_mini_stream() -> None:
    for size in (100, 64, 640):
        assert slug(corpus.compound({"x": b"z" * 70, "Workbook": corpus.workbook_stream(size=size)}), "a.xls") == ""
        locked = corpus.workbook_stream(corpus.record(0x2F), size=size)
        assert slug(corpus.compound({"x": b"z" * 70, "Workbook": locked}), "a.xls") == ENCRYPTED


def test_a_mini_stream_without_a_root_is_refused() -> None:
    data = bytearray(corpus.compound({"Workbook": corpus.workbook_stream(size=100)}))
    data[data.index("Root Entry".encode("utf-16-le")) + 66] = 1
    assert slug(bytes(data), "a.xls") == OTHER


@pytest.mark.parametrize("name", ["Macros", "MACROS", "VBA", "_VBA_PROJECT", "_VBA_PROJECT_CUR"])
def test_old_documents_with_macros_are_refused(name: str) -> None:
    assert slug(corpus.compound(DOC, storages=(name,)), "a.doc") == UNSAFE
    assert slug(corpus.compound(XLS | {name: b"x"}), "a.xls") == UNSAFE


@pytest.mark.parametrize("name", ["_1234567890", "MBD0012ABCD", "\x01Ole10Native", "Package"])
def test_old_documents_with_embedded_objects_are_refused(name: str) -> None:
    assert slug(corpus.compound(DOC, storages=(name,)), "a.doc") == UNSAFE


@pytest.mark.parametrize("kind", [1, 6])
def test_a_workbook_with_sheets_of_macros_is_refused(kind: int) -> None:
    sheets = corpus.workbook_stream(corpus.bound_sheet(0), corpus.bound_sheet(kind))
    assert slug(corpus.compound({"Workbook": sheets}), "a.xls") == UNSAFE


@pytest.mark.parametrize("name", ["EncryptedPackage", "EncryptionInfo"])
@pytest.mark.parametrize("ending", [".docx", ".xlsx", ".doc", ".xls"])
def test_a_new_document_with_a_password_is_refused_as_encrypted(name: str, ending: str) -> None:
    assert slug(corpus.compound({name: b"x"}), f"a{ending}") == ENCRYPTED


def test_old_documents_with_a_password_are_refused_as_encrypted() -> None:
    assert slug(corpus.compound({"WordDocument": corpus.word_stream(flags=0x0100)}), "a.doc") == ENCRYPTED
    assert slug(corpus.compound({"Workbook": corpus.workbook_stream(corpus.record(0x2F))}), "a.xls") == ENCRYPTED


@pytest.mark.parametrize(
    ("streams", "ending", "expected"),
    [
        (XLS, ".doc", OTHER),
        (DOC, ".xls", OTHER),
        (DOC, ".docx", OTHER),
        ({"PowerPoint Document": b"x"}, ".doc", OTHER),
        ({}, ".doc", OTHER),
        (DOC | XLS, ".doc", UNSAFE),
        (DOC | XLS, ".xls", UNSAFE),
        (DOC | {"worddocument": corpus.word_stream()}, ".doc", UNSAFE),
        ({"WordDocument": corpus.word_stream(magic=0)}, ".doc", OTHER),
        ({"WordDocument": b"\xec\xa5"}, ".doc", OTHER),
        ({"WordDocument": b""}, ".doc", OTHER),
        ({"Workbook": bytes(5000)}, ".xls", OTHER),
        ({"Workbook": corpus.record(1) + corpus.workbook_stream()}, ".xls", OTHER),
        ({"Workbook": corpus.record(0x0809, bytes(16))}, ".xls", OTHER),
        ({"Workbook": corpus.record(0x0809) + corpus.record(1) * 60_000}, ".xls", UNSAFE),
    ],
)
def test_the_streams_must_be_those_of_the_ending(streams: dict[str, bytes], ending: str, expected: str) -> None:
    assert slug(corpus.compound(streams), f"a{ending}") == expected


def test_a_document_of_both_old_formats_of_excel_is_taken_if_both_are_in_order() -> None:
    assert slug(corpus.compound(XLS | {"Book": corpus.workbook_stream()}), "a.xls") == ""
    assert slug(corpus.compound(XLS | {"Book": corpus.workbook_stream(corpus.bound_sheet(1))}), "a.xls") == UNSAFE


@pytest.mark.parametrize(
    ("offset", "value"),
    [(26, 5), (30, 12), (30, 0xFFFF), (32, 9), (44, 110), (48, 0x00FFFFFF), (56, 64), (60, 0x00FFFFFF), (72, 1)],
    ids=[
        "version",
        "sector",
        "huge sector",
        "mini sector",
        "tables",
        "directory",
        "cutoff",
        "mini table",
        "more tables",
    ],
)
def test_a_header_that_is_out_of_the_ordinary_is_refused(offset: int, value: int) -> None:
    data = bytearray(corpus.compound(DOC))
    data[offset : offset + 2] = struct.pack("<H", value & 0xFFFF)
    if value > 0xFFFF:
        data[offset + 2 : offset + 4] = struct.pack("<H", value >> 16)
    assert slug(bytes(data), "a.doc") == OTHER


def test_a_chain_that_runs_in_a_circle_is_refused() -> None:
    data = bytearray(corpus.compound(DOC))
    table = len(data) - corpus.SECTOR
    data[table + 7 * 4 : table + 8 * 4] = struct.pack("<L", 0)
    assert slug(bytes(data), "a.doc") == OTHER


def test_a_directory_too_long_to_be_a_document_is_refused() -> None:
    few = {f"s{number}": b"x" for number in range(1_990)}
    assert slug(corpus.compound(DOC | few), "a.doc") == ""
    more = {f"t{number}": b"x" for number in range(20)}
    assert slug(corpus.compound(DOC | few | more), "a.doc") == UNSAFE


def test_the_first_bytes_count_and_not_those_somewhere_inside() -> None:
    data = bytearray(corpus.compound(DOC | {"magic": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}))
    assert slug(bytes(data), "a.doc") == ""
    data[0] = 0
    assert slug(bytes(data), "a.doc") == OTHER


def test_a_header_alone_is_refused() -> None:
    assert slug(corpus.compound(DOC)[:40], "a.doc") == OTHER
    assert slug(corpus.compound(DOC)[:300], "a.doc") == OTHER
