"""A file somebody sends: size, name and ending first; the content must then be what the ending says."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.adapters.file_verdict import TEXTS
from services.intake.adapters.files import MEDIA_TYPES, Accepted, FileRefused, inspect
from services.policy.form import MAX_ATTACHMENT_BYTES, Attachments
from tests.unit.intake import corpus
from tests.unit.intake.corpus import Pdf

LIMIT = MAX_ATTACHMENT_BYTES
RULE = Attachments(max_bytes_exclusive=LIMIT, extensions=tuple(MEDIA_TYPES))

GOOD: dict[str, bytes] = {
    ".pdf": Pdf().build(),
    ".docx": corpus.office("docx"),
    ".xlsx": corpus.office("xlsx"),
    ".doc": corpus.compound({"WordDocument": corpus.word_stream()}),
    ".xls": corpus.compound({"Workbook": corpus.workbook_stream(corpus.bound_sheet(0))}),
    ".txt": "Xin chào, máy in không chạy.\r\n\tLỗi <E-12>".encode(),
}


def slug(data: bytes, name: str, rule: Attachments = RULE) -> str:
    """The slug of the refusal; empty if the file is taken."""
    verdict = inspect(data, name, rule)
    return verdict.slug if isinstance(verdict, FileRefused) else ""


@pytest.mark.parametrize("ending", GOOD)
def test_each_of_the_six_types_is_taken(ending: str) -> None:
    name = f"Báo giá 2026{ending}"
    assert inspect(GOOD[ending], name, RULE) == Accepted(media_type=MEDIA_TYPES[ending], clean_name=name)


@pytest.mark.parametrize("ending", GOOD)
@pytest.mark.parametrize("other", GOOD)
def test_content_under_another_ending_is_not_what_it_says(ending: str, other: str) -> None:
    expected = "" if ending == other else "file-not-what-it-says"
    assert slug(GOOD[ending], f"a{other}") == expected


def test_the_limit_itself_is_too_large_and_one_byte_less_is_not() -> None:
    assert slug(b"a" * (LIMIT - 1), "a.txt") == ""
    assert slug(b"a" * LIMIT, "a.txt") == "file-too-large"
    assert slug(b"a" * (LIMIT + 1), "a.txt") == "file-too-large"


def test_size_is_looked_at_before_name_and_name_before_ending() -> None:
    assert slug(b"a" * LIMIT, "\u202e.exe") == "file-too-large"
    assert slug(b"MZ", "\u202efdp.exe") == "file-name"
    assert slug(b"MZ", "setup.exe") == "file-type"


def test_an_empty_file_is_refused_as_empty() -> None:
    assert slug(b"", "a.pdf") == "file-empty"


def test_a_type_that_the_form_does_not_list_is_refused() -> None:
    only_text = Attachments(max_bytes_exclusive=1000, extensions=(".txt",))
    assert slug(GOOD[".pdf"], "a.pdf", only_text) == "file-type"
    assert slug(b"a", "a.txt", only_text) == ""


@pytest.mark.parametrize(
    "name",
    ["a.pdf.exe", "a.exe", "a", "pdf", ".pdf", "a.pdf.", "a.PDF\u0307", "a.docm", "a.html", "a.exe\u2024pdf"],
)
def test_the_last_dot_decides_the_type(name: str) -> None:
    assert slug(GOOD[".pdf"], name) == "file-type"


@pytest.mark.parametrize("name", ["a.PDF", "a.Pdf", "a.exe.pdf", " a.pdf "])
def test_the_ending_is_read_in_lower_case_and_the_content_must_fit_it(name: str) -> None:
    assert slug(GOOD[".pdf"], name) == ""
    assert slug(b"MZ\x90\x00", name) == "file-not-what-it-says"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("C:\\fakepath\\a.pdf", "a.pdf"),
        ("../../etc/a.pdf", "a.pdf"),
        ("a\u0302.pdf", "â.pdf"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("  a b.pdf ", "a b.pdf"),
        ("👨\u200d👩.pdf", "👨\u200d👩.pdf"),
    ],
)
def test_names_are_cleaned(name: str, clean: str) -> None:
    verdict = inspect(GOOD[".pdf"], name, RULE)
    assert isinstance(verdict, Accepted)
    assert verdict.clean_name == clean


@pytest.mark.parametrize(
    "name",
    [
        "hóa đơn\u202efdp.exe.pdf",
        "a\u2066.pdf",
        "a\u200f.pdf",
        "a\x00.pdf",
        "a\r\nb.pdf",
        "a\u2028.pdf",
        "a\ud800.pdf",
        "a\u200b.pdf",
        "",
        "...",
        " . ",
        "a/",
        "x" * 197 + ".pdf",
    ],
)
def test_names_that_hide_something_or_are_none_are_refused(name: str) -> None:
    assert slug(GOOD[".pdf"], name) == "file-name"


def test_a_name_of_two_hundred_characters_is_taken() -> None:
    assert slug(GOOD[".pdf"], "x" * 196 + ".pdf") == ""


@pytest.mark.parametrize(
    "data",
    [
        b"caf\xe9",
        "a".encode("utf-16"),
        b"a\x00b",
        b"\x1b[31mred",
        b"%PDF-1.7 text",
        b"  \n{\\rtf1 x}",
        b"<!DOCTYPE html>",
        b"<html>",
        b"\xef\xbb\xbf  <SCRIPT >alert(1)</script>",
        b"hello <img src=x onerror=alert(1)>",
        b"hello <svg/onload=alert(1)>",
        b"<?xml version='1.0'?>",
        b"<?php system(1);",
        b"a <!-- b -->",
        b"a </script> b",
    ],
)
def test_text_that_is_not_plain_text_is_refused(data: bytes) -> None:
    assert slug(data, "a.txt") == "file-not-what-it-says"


@pytest.mark.parametrize(
    "text", ["\ufeffXin chào", "a < b and c > d", "Nguyễn <an@congty.vn>", "<E-12> failed", "x\x0cy", "<pre-press>"]
)
def test_ordinary_text_with_angle_brackets_is_taken(text: str) -> None:
    assert slug(text.encode(), "a.txt") == ""


def test_text_of_nothing_but_angle_brackets_is_not_text() -> None:
    assert slug(b"<1" * 20_000, "a.txt") == ""
    assert slug(b"<1" * 20_001, "a.txt") == "file-not-what-it-says"


@pytest.mark.parametrize("other", TEXTS)
def test_every_refusal_speaks_both_languages(other: str) -> None:
    samples: dict[str, tuple[bytes, str]] = {
        "file-empty": (b"", "a.txt"),
        "file-too-large": (b"a" * LIMIT, "a.txt"),
        "file-name": (b"a", ""),
        "file-type": (b"a", "a.exe"),
        "file-not-what-it-says": (b"a\0", "a.txt"),
        "file-encrypted": (corpus.compound({"EncryptedPackage": b"x"}), "a.docx"),
        "file-unsafe": (corpus.with_part("word/vbaProject.bin"), "a.docx"),
    }
    verdict = inspect(*samples[other], RULE)
    assert isinstance(verdict, FileRefused)
    assert verdict.slug == other
    assert verdict.vi
    assert verdict.en
    assert verdict.vi != verdict.en
    assert "{" not in verdict.vi + verdict.en


@pytest.mark.parametrize(("limit", "said"), [(LIMIT, "2 MB"), (512 * 1024, "512 KB"), (1000, "1000 byte")])
def test_the_refusal_names_the_limit_as_people_say_it(limit: int, said: str) -> None:
    verdict = inspect(b"a" * LIMIT, "a.txt", Attachments(max_bytes_exclusive=limit, extensions=(".txt",)))
    assert isinstance(verdict, FileRefused)
    assert f"nhỏ hơn {said}." in verdict.vi
    assert f"smaller than {said}." in verdict.en


STARTS = [b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", *GOOD.values()]


@settings(deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=600), st.text(max_size=40), st.sampled_from(list(GOOD)))
def test_any_bytes_under_any_name_get_a_verdict(start: bytes, data: bytes, name: str, ending: str) -> None:
    assert isinstance(inspect(start + data, name + ending, RULE), Accepted | FileRefused)


@settings(deadline=None)
@given(st.sampled_from(list(GOOD)), st.randoms(use_true_random=False), st.integers(1, 40))
def test_a_good_file_with_bytes_changed_gets_a_verdict(ending: str, draw: random.Random, changes: int) -> None:
    data = bytearray(GOOD[ending])
    for _ in range(changes):
        data[draw.randrange(len(data))] = draw.randrange(256)
    cut = draw.choice([len(data), draw.randrange(len(data)) + 1])
    assert isinstance(inspect(bytes(data[:cut]), f"a{ending}", RULE), Accepted | FileRefused)


FULL = LIMIT - 1
HEAVY: dict[str, Callable[[], tuple[bytes, str]]] = {
    "text of angle brackets": lambda: (b"<a" * 20_000 + b"." * 1_000_000, "a.txt"),
    "pdf of slashes": lambda: ((b"%PDF-" + b"/" * FULL)[: FULL - 6] + b"%%EOF\n", "a.pdf"),
    "pdf of escapes": lambda: ((b"%PDF-" + b"/#4a" * FULL)[: FULL - 6] + b"%%EOF\n", "a.pdf"),
    "pdf of streams": lambda: ((b"%PDF-" + b"stream\n" * FULL)[: FULL - 6] + b"%%EOF\n", "a.pdf"),
    "pdf of short streams": lambda: ((b"%PDF-" + b"stream\nendstream " * FULL)[: FULL - 6] + b"%%EOF\n", "a.pdf"),
    "pdf of object streams": lambda: ((b"%PDF-" + b"/ObjStm>>stream\n" * FULL)[: FULL - 6] + b"%%EOF\n", "a.pdf"),
    "pdf with a bomb": lambda: (Pdf(streams=[corpus.object_stream(b"1 0 " + bytes(100_000_000))]).build(), "a.pdf"),
    "pdf of texts": lambda: ((b"%PDF-" + b"/Launch" + b"(a)" * FULL)[: FULL - 6] + b"%%EOF\n", "a.pdf"),
    "pdf of open texts": lambda: ((b"%PDF-" + b"/Launch (" + b"a((\\(" * FULL)[: FULL - 6] + b"%%EOF\n", "a.pdf"),
    "pdf of comments": lambda: ((b"%PDF-" + b"/Launch <" + b"%\n" * FULL)[: FULL - 6] + b"%%EOF\n", "a.pdf"),
    "pdf of types": lambda: ((b"%PDF-" + b"/Type 1 1 " * FULL)[: FULL - 6] + b"%%EOF\n", "a.pdf"),
    "ole of loops": lambda: (corpus.compound({"WordDocument": corpus.word_stream(size=FULL - 40_000)}), "a.doc"),
    "xls of records": lambda: (
        corpus.compound({"Workbook": corpus.workbook_stream(*[corpus.record(1)] * 49_000)}),
        "a.xls",
    ),
    "zip at the limits": lambda: (
        archive_of(49_000_000, b"".join(b"<c r='%d'/>" % number for number in range(2_000))),
        "a.docx",
    ),
    "zip of many members": lambda: (
        corpus.archive(corpus.office_parts() | {f"word/{number}.xml": b"x" for number in range(1_990)}),
        "a.docx",
    ),
    "zip of relationships": lambda: (
        corpus.archive(
            corpus.office_parts()
            | {
                "word/_rels/x.rels": b"<r>" + b"<a/>" * 120_000 + b"</r>",
                "word/b.bin": corpus.noise(600_000),
            }
        ),
        "a.docx",
    ),
}


def archive_of(size: int, pattern: bytes) -> bytes:
    """A document that unpacks to `size`, the pattern over and over: within every limit, and as heavy as may be."""
    noise = corpus.noise(600_000)
    return corpus.archive(
        corpus.office_parts() | {"word/a.xml": (pattern * (size // len(pattern) + 1))[:size], "word/b.bin": noise}
    )


@pytest.mark.parametrize("heavy", HEAVY)
def test_no_file_takes_long(heavy: str) -> None:
    data, name = HEAVY[heavy]()
    started = process_time()
    inspect(data, name, RULE)
    assert process_time() - started < 1.0


GREEDY: dict[str, Callable[[], tuple[bytes, str]]] = {
    "pdf with a bomb": HEAVY["pdf with a bomb"],
    "ole of one sector for ever": lambda: (corpus.circular(), "a.doc"),
    "zip that lies": lambda: (
        corpus.raw_archive(corpus.office_parts(), ("word/a.xml", corpus.deflated(bytes(100_000_000)), 99)),
        "a.docx",
    ),
}


@pytest.mark.parametrize("greedy", GREEDY)
def test_no_file_takes_much_memory(greedy: str) -> None:
    data, name = GREEDY[greedy]()
    tracemalloc.start()
    try:
        verdict = inspect(data, name, RULE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(verdict, FileRefused)
    assert peak < 40_000_000
