"""PDF files: whole, without a password, and with nothing that runs."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest

from services.intake.adapters.files import FileRefused, inspect
from services.policy.form import MAX_ATTACHMENT_BYTES, Attachments
from tests.unit.intake import corpus
from tests.unit.intake.corpus import Pdf, object_stream

RULE = Attachments(max_bytes_exclusive=MAX_ATTACHMENT_BYTES, extensions=(".pdf",))
UNSAFE, OTHER, ENCRYPTED = "file-unsafe", "file-not-what-it-says", "file-encrypted"
FLATE = b"/Filter /FlateDecode"


def slug(data: bytes) -> str:
    """The slug of the refusal; empty if the file is taken."""
    verdict = inspect(data, "a.pdf", RULE)
    return verdict.slug if isinstance(verdict, FileRefused) else ""


def with_object(body: bytes) -> bytes:
    """A PDF with one more object."""
    return Pdf(objects=[b"<< /Type /Catalog >>", body]).build()


def packed(body: bytes) -> bytes:
    """A PDF with that object inside an object stream."""
    return Pdf(streams=[object_stream(b"5 0 6 25 << /Type /Catalog >>      " + body)]).build()


def test_pages_pictures_and_object_streams_are_taken() -> None:
    page = (FLATE, zlib.compress(b"BT /F1 12 Tf (Xin chao /JS (x)) Tj ET"))
    picture = (b"/Subtype /Image /Filter /DCTDecode", b"\xff\xd8 /JS (a) \xff\xd9")
    assert slug(Pdf(streams=[page, picture, object_stream()]).build()) == ""


@pytest.mark.parametrize(
    "body",
    [
        b"<< /S /JavaScript /JS (app.alert(1)) >>",
        b"<< /S /Launch /F (cmd.exe) >>",
        b"<< /Type /EmbeddedFile >>",
        b"<< /Names << /EmbeddedFiles 5 0 R >> >>",
        b"<< /Subtype /RichMedia >>",
        b"<< /S /Rendition >>",
        b"<< /XFA 9 0 R >>",
        b"<< /S /ImportData >>",
        b"<< /JS (a) >>",
        b"<< /JS<61> >>",
        b"<< /JS 12 0 R >>",
        b"<< /JS\n\x00 12 0 R >>",
        b"<< /S /J#61vaScript >>",
        b"<< /S /#4a#61#76#61#53#63#72#69#70#74 >>",
        b"<< /S /#4CAUNCH /S /#4Caunch >>",
        b"<< /J#53 (a) >>",
    ],
)
def test_what_runs_or_carries_files_is_refused_plain_escaped_and_packed(body: bytes) -> None:
    assert slug(with_object(body)) == UNSAFE
    assert slug(packed(body)) == UNSAFE


@pytest.mark.parametrize(
    "body", [b"<< /OpenAction [3 0 R /Fit] >>", b"<< /JSX (a) >>", b"<< /S /URI /URI (http://a.vn) >>"]
)
def test_what_only_opens_a_page_or_a_link_is_taken(body: bytes) -> None:
    assert slug(with_object(body)) == ""
    assert slug(packed(body)) == ""


LINKS = [
    b"https://developer.mozilla.org/docs/Web/JavaScript",
    b"https://a.vn/JavaScript?x=1#4aS",
    b"https://a.vn/Launch",
    b"https://a.vn/XFA (see also \\(JavaScript\\): /JavaScript)",
    b"https://a.vn/JS/12",
    b"https://a.vn/JS (x)",
]


@pytest.mark.parametrize("address", LINKS)
def test_a_link_to_a_page_about_scripts_is_taken(address: bytes) -> None:
    link = b"<< /Type /Annot /Subtype /Link /A << /S /URI /URI (" + address + b") >> /Border [0 0 <00>] >>"
    page = (FLATE, zlib.compress(b"BT (x) Tj ET") + b"(( stream\n")
    assert slug(Pdf(objects=[b"<< /Type /Catalog >>", link], streams=[page]).build()) == ""
    assert slug(packed(link)) == ""
    assert slug(Pdf(objects=[b"<< /Type /Catalog >> % " + address.split(b" ")[0]]).build()) == ""


@pytest.mark.parametrize("address", LINKS)
@pytest.mark.parametrize(
    "action", [b"<< /S /JavaScript /JS (a) >>", b"<</S/J#61vaScript/JS(a)>>", b"<</Names[(a)<</S/Launch>>]>>"]
)
def test_an_action_beside_such_a_link_is_refused(address: bytes, action: bytes) -> None:
    link = b"<< /S /URI /URI (" + address + b") /Next " + action + b" >>"
    assert slug(with_object(link)) == UNSAFE
    assert slug(packed(link)) == UNSAFE


@pytest.mark.parametrize(
    "name",
    [b"/LaunchPad", b"/JavaScripts", b"/XFAx", b"/Launch#20x", b"/EncryptX", b"/JS1", b"/ImportDataX", b"/JSX (a)"],
)
def test_a_longer_name_is_another_name(name: bytes) -> None:
    assert slug(with_object(b"<< /A " + name + b" >>")) == ""
    assert slug(packed(b"<< /A " + name + b" >>")) == ""


@pytest.mark.parametrize("end", [b" ", b"\n", b"\0", b"/", b"(", b"<", b"[", b"]", b"{", b"%", b">>"])
@pytest.mark.parametrize("name", [b"/JavaScript", b"/Launch", b"/RichMediaExecute", b"/EmbeddedFiles", b"/Renditions"])
def test_a_name_ends_at_any_space_or_delimiter(name: bytes, end: bytes) -> None:
    assert slug(with_object(b"<< /S " + name + end)) == UNSAFE


HIDDEN = b"/S /JavaScript /JS <61>"


@pytest.mark.parametrize(
    "body",
    [
        b"( 5 0 obj << " + HIDDEN + b" >> endobj )",
        b"(a) % 5 0 obj << " + HIDDEN + b" >> endobj",
        b"<< /X (5 0 obj << /X \\(\\() /Y % ) " + HIDDEN + b" >> endobj\n >>",
        b"<< /X <28(> " + HIDDEN + b" ) >>",
        b"<< /X ) ( " + HIDDEN + b" ) >>",
        b"<< /A#28 " + HIDDEN + b" /B#29 9 >>",
        b"<< /X (#5c) " + HIDDEN + b" /Y (b) >>",
        b"[ stream\n ( endstream % ) " + HIDDEN + b"\n ]",
        b"[ << >> stream\n ( endstream % ) " + HIDDEN + b"\n ]",
        b"[ << >> stream\n << " + HIDDEN + b" >> endstream",
        b"[ << >> stream\n ( endstream % ) " + HIDDEN,
        b"<< [ >> ] stream\n ( endstream % ) " + HIDDEN + b"\n",
        b"<< >> stream\n 5 0 obj << " + HIDDEN + b" >> endobj endstream",
        b"stream\n<< " + HIDDEN + b" >> endstream",
        b"null stream\n<< " + HIDDEN + b" >> endstream",
        b"<< >> stream\n 5 0 obj << /X ( endstream endobj % ) " + HIDDEN + b"\n",
        b"<< >> stream\n ( % " + HIDDEN,
        b"(" * 9 + HIDDEN + b")" * 9,
        b"( (" + HIDDEN,
        b"<< /X (a\\) >> (" + HIDDEN + b") >>",
        b"<< /X (x) " * 101_000 + b"(" + HIDDEN + b")" + b">>" * 101_000,
    ],
)
def test_what_only_looks_like_a_text_hides_nothing(body: bytes) -> None:
    assert slug(with_object(body)) == UNSAFE


def test_a_text_in_an_object_stream_hides_no_object() -> None:
    """Where its objects begin is said by numbers only: any of them may lead into a text."""
    assert slug(packed(b"( << " + HIDDEN + b" >> )")) == UNSAFE


def test_a_page_and_a_title_that_speak_of_scripts_are_taken() -> None:
    page = b"BT (see https://a.vn/Web/JavaScript \\(x\\)) Tj ET"
    title = b"<rdf:li>https://a.vn/Web/JavaScript</rdf:li> << ("
    assert slug(Pdf(streams=[(b"/Length 40", page), (b"/Type /Metadata /Subtype /XML", title)]).build()) == ""


def test_an_object_hidden_in_a_false_stream_is_found_by_its_long_name() -> None:
    assert slug(with_object(b"% stream\n<< /S /JavaScript /JS (a) >> % endstream")) == UNSAFE


@pytest.mark.parametrize("name", [b"/Encrypt 5 0 R", b"/Encr#79pt 5 0 R"])
def test_a_pdf_with_a_password_is_refused_as_encrypted(name: bytes) -> None:
    assert slug(Pdf(trailer=b"<< /Root 1 0 R " + name + b" >>").build()) == ENCRYPTED


SCRIPT = b"1 0 << /S /JavaScript /JS (a) >>"


@pytest.mark.parametrize(
    ("dictionary", "content"),
    [
        (b"/Type /ObjStm /Filter /LZWDecode", b"\x80\x0b\x60\x50"),
        (b"/Type /ObjStm /Filter [/ASCIIHexDecode /FlateDecode]", zlib.compress(SCRIPT).hex().encode()),
        (b"/Type /ObjStm " + FLATE, zlib.compress(SCRIPT)[2:]),
        (b"/Type /ObjStm " + FLATE, zlib.compress(corpus.noise(900))[:-9]),
        (b"/Type /ObjStm " + FLATE, zlib.compress(corpus.OBJECT_STREAM)[:-1] + b"\x00"),
        (b"/Type /ObjStm " + FLATE, b"\x78\x01\x01\xff\xff\x00\x001 0 <<>>"),
        (b"/Type /ObjStm " + FLATE, zlib.compress(b"<< no numbers >>")),
        (b"/Type /ObjStm " + FLATE + b"/DecodeParms << /Predictor 2 /Colors 32 >>", zlib.compress(b"1 0 << >>")),
        (b"/DecodeParms << /Predictor 2 /Colors 32 >> /Type /ObjStm " + FLATE, zlib.compress(b"1 0 << >>")),
        (b"/Type /ObjStm /DecodeParms << /#50redictor 2 >>", zlib.compress(b"1 0 << >>")),
        (b"/Type /ObjStm /X (>>stream\n" + zlib.compress(corpus.OBJECT_STREAM) + b")", b"x"),
        (b"/Type /ObjStm %>>stream\n" + zlib.compress(corpus.OBJECT_STREAM), b"x"),
        (b"/Type /Obj#53tm " + FLATE, zlib.compress(b"1 0 <<>>")),
        (b"/Type 7 0 R " + FLATE, zlib.compress(SCRIPT)),
    ],
    ids=[
        "lzw", "hex", "bare", "cut", "checksum", "unfinished", "no numbers", "predictor", "predictor first",
        "escaped predictor", "string", "comment", "escaped type", "type elsewhere",
    ],
)  # fmt: skip
def test_an_object_stream_that_cannot_be_looked_into_is_refused(dictionary: bytes, content: bytes) -> None:
    assert slug(Pdf(streams=[(dictionary, content)]).build()) == UNSAFE


def test_a_predictor_in_the_stream_before_does_not_count() -> None:
    before = (FLATE + b"/DecodeParms << /Predictor 12 >>", zlib.compress(b"\x02abc"))
    assert slug(Pdf(streams=[before, object_stream()]).build()) == ""


def test_object_streams_that_unpack_to_too_much_are_refused() -> None:
    half = object_stream(corpus.OBJECT_STREAM + b" " * 4_500_000)
    assert slug(Pdf(streams=[half]).build()) == ""
    assert slug(Pdf(streams=[half, half]).build()) == UNSAFE


def test_too_many_object_streams_and_streams_are_refused() -> None:
    assert slug(Pdf(streams=[object_stream()] * 1_999).build()) == ""
    assert slug(Pdf(streams=[object_stream()] * 2_000).build()) == UNSAFE
    assert slug(Pdf(streams=[(b"", b"x")] * 10_000).build()) == ""
    assert slug(Pdf(streams=[(b"", b"x")] * 10_001).build()) == UNSAFE


def test_too_many_escapes_are_refused() -> None:
    assert slug(with_object(b"<< " + b"/A#20 " * 39_000 + b">>")) == ""
    assert slug(with_object(b"<< " + b"/A#20 " * 41_000 + b">>")) == UNSAFE


def test_a_stream_without_an_end_is_looked_at_as_a_stream() -> None:
    assert slug(b"%PDF-1.7\n1 0 obj <<>> stream\nabc %%EOF") == ""


@pytest.mark.parametrize("end", [b"", b"%%EOF" + b"x", b"%%EOF\n<script>", b"%%EOF\n" + b" " * 1_100, b"%%EO"])
def test_a_pdf_that_does_not_end_as_one_is_refused(end: bytes) -> None:
    assert slug(Pdf(end=end).build()) == OTHER


@pytest.mark.parametrize("end", [b"%%EOF", b"%%EOF\r\n\r\n", b"%%EOF\n\x00\x00", b"%%EOF" + b" " * 1_000])
def test_space_after_the_end_is_taken(end: bytes) -> None:
    assert slug(Pdf(end=end).build()) == ""


@pytest.mark.parametrize("before", [b"<html>", b"\n", b"\xef\xbb\xbf", b"MZ"])
def test_a_pdf_that_does_not_start_as_one_is_refused(before: bytes) -> None:
    assert slug(before + Pdf().build()) == OTHER


def test_a_pdf_that_is_an_archive_too_is_refused() -> None:
    buffer = io.BytesIO()
    buffer.write(Pdf().build())
    with zipfile.ZipFile(buffer, "a") as writer:
        writer.writestr("a.class", b"x")
        writer.comment = b"%%EOF"
    assert zipfile.is_zipfile(buffer)
    assert slug(buffer.getvalue()) == OTHER
    assert slug(Pdf(objects=[b"(PK\x05\x06" + bytes(18) + b")"]).build()) == ""
