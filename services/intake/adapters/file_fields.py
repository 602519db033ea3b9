"""What Word and Excel do by themselves when they open a part: fields and formulas that start programs or reach out.

The code of a field may be split over any number of runs, and one field may lie inside another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.parsers import expat
from xml.parsers.expat import errors

from services.intake.adapters.file_verdict import Unfit

MAX_READ = 16_000_000
MAX_ELEMENTS = 1_000_000
MAX_FORMULAS = 300_000
MAX_CODE = 32_768
HEAD, OVERLAP = 512, 64

# Without one of these a part holds no field and no formula that could do harm, and is not read further.
WORDS = (b"instrText", b"fldSimple", b"ddeLink", b"<!DOCTYPE", b"|", b"&#")
CALLS = re.compile(rb"(?:DDE|RTD|WEBSERVICE)\s*\(")
# In another encoding the words look otherwise: what does not start like this is read in any case.
PLAIN_START = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s*<(?!\?xml\s)[a-z_!?]"
    rb"|<\?xml\s(?:(?!encoding)[^>])*(?:encoding\s*=\s*[\"'](?:utf-8|us-ascii)[\"'][^>]*)?>)",
    re.IGNORECASE,
)
BEFORE_XML = b"\xef\xbb\xbf\xff\xfe\x00\t\n\r "

UNKNOWN_ENCODING = errors.codes[errors.XML_ERROR_UNKNOWN_ENCODING]

FIELD_PARTS = {"fldSimple", "fldChar", "instrText"}
FORMULAS = {"f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula"}
WATCHED = {*FIELD_PARTS, *FORMULAS, "ddeLink"}

INNER_FIELD = "\0"
FIELD = re.compile(r"[\W_]*(\w*)(.*)", re.DOTALL)
STARTS = {"DDE", "DDEAUTO"}
FETCHES = {"INCLUDEPICTURE", "INCLUDETEXT", "INCLUDE", "IMPORT", "LINK"}
# A scheme of two letters at least: C: is a drive. Two slashes or backslashes at the front name another machine.
REMOTE = re.compile(
    r"(?<![a-z0-9+.-])(?!file:/{3}[a-z]:)[a-z][a-z0-9+.-]+:[/\\]|(?:^|[\"“”\s])[/\\]{2,}[^/\\\s\"“”]", re.IGNORECASE
)
# What a bar may stand in without meaning DDE: a column's name, a text, a sheet's name. Without its end it stays; each
# alternative takes all it has seen, so that no formula is gone over twice.
QUOTED = re.compile(
    r"""(\[(?:[^\[\]']|'.)*+\]|"[^"]*+"|'(?:[^']|'')*+'!)|\[(?:[^\[\]']|'.)*+|"[^"]*+|'(?:[^']|'')*+'?""", re.DOTALL
)
STARTING_CALL = re.compile(r"\b(?:DDE|RTD|WEBSERVICE)\s*\(", re.IGNORECASE)


class Suspicion:
    """Looks at a part as it is unpacked, and says whether it must be read."""

    def __init__(self) -> None:
        self.head = b""
        self.tail = b""
        self.has_words = False

    def look(self, piece: bytes) -> None:
        """The next piece of the part."""
        seen = self.tail + piece
        if len(self.head) < HEAD:
            self.head += piece[:HEAD]
        if not self.has_words:
            self.has_words = any(word in seen for word in WORDS) or _calls(seen)
        self.tail = seen[-OVERLAP:]

    @property
    def is_raised(self) -> bool:
        """Whether the part, of which everything has been seen by now, must be read."""
        is_xml = self.head.lstrip(BEFORE_XML).startswith(b"<")
        return is_xml and (self.has_words or PLAIN_START.match(self.head) is None)


def _calls(seen: bytes) -> bool:
    return b"(" in seen and CALLS.search(seen.upper()) is not None


def check(pieces: Iterable[bytes]) -> None:
    """Read a part; raise Unfit if something in it starts a program or reaches out, or if it is too long to be read."""
    part = bytearray()
    for piece in pieces:
        part += piece
        if len(part) > MAX_READ:
            raise Unfit("file-unsafe")
    if part.count(b"<") - part.count(b"</") > MAX_ELEMENTS:
        raise Unfit("file-unsafe")
    _Reader().read(bytes(part))


class _Reader:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.inside: list[tuple[str, list[str]]] = []
        self.room = MAX_CODE
        self.fields = [""]
        self.formulas = 0

    def read(self, part: bytes) -> None:
        """What comes before an error counts; no office program takes up what comes after it."""
        try:
            self.parser.Parse(part, True)
        except expat.ExpatError as error:
            if error.code == UNKNOWN_ENCODING:
                raise Unfit("file-unsafe") from None
        except (LookupError, ValueError):
            raise Unfit("file-unsafe") from None
        for code in self.fields:
            _check_field(code)

    def doctype(self, _name: str, _system: str | None, _public: str | None, has_own_entities: bool) -> None:
        if has_own_entities:
            raise Unfit("file-unsafe")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if self.inside:
            self.inside.append((local, []))
        elif local in WATCHED:
            self.inside, self.room = [(local, [])], MAX_CODE
            self.parser.CharacterDataHandler, self.parser.EndElementHandler = self.text, self.end
        if local in WATCHED:
            self.watched(local, {key.rpartition(":")[2]: value for key, value in attributes.items()})

    def text(self, text: str) -> None:
        self.room -= len(text)
        if self.room < 0:
            raise Unfit("file-unsafe")
        self.inside[-1][1].append(text)

    def end(self, _name: str) -> None:
        local, texts = self.inside.pop()
        if local in FORMULAS:
            self.formula("".join(texts))
        elif local == "instrText":
            self.note("".join(texts))
        if not self.inside:
            self.parser.CharacterDataHandler = self.parser.EndElementHandler = None

    def formula(self, formula: str) -> None:
        self.formulas += 1
        if self.formulas > MAX_FORMULAS:
            raise Unfit("file-unsafe")
        _check_formula(formula)

    def note(self, code: str) -> None:
        self.fields[-1] += code
        if len(self.fields[-1]) > MAX_CODE:
            raise Unfit("file-unsafe")

    def watched(self, local: str, attributes: dict[str, str]) -> None:
        """A field that is whole, a field's beginning, middle or end, or a link between programs."""
        if local == "ddeLink":
            raise Unfit("file-unsafe")
        if local == "fldSimple":
            _check_field(attributes.get("instr", ""))
        match attributes.get("fldCharType"):
            case "begin":
                self.note(INNER_FIELD)
                self.fields.append("")
            case "separate":
                _check_field(self.fields[-1])
                self.fields[-1] = ""
            case "end":
                _check_field(self.fields.pop())
                self.fields = self.fields or [""]


def _check_field(code: str) -> None:
    found = FIELD.match(code.replace(INNER_FIELD, ""))
    kind, rest = (found[1].upper(), found[2]) if found else ("", "")
    fetches = kind in FETCHES and (INNER_FIELD in code or REMOTE.search(rest))
    if kind in STARTS or fetches:
        raise Unfit("file-unsafe")


def _check_formula(formula: str) -> None:
    if "|" not in formula and "(" not in formula:
        return
    plain = QUOTED.sub(lambda found: "" if found[1] else found[0], formula)
    if "|" in plain or STARTING_CALL.search(plain):
        raise Unfit("file-unsafe")
