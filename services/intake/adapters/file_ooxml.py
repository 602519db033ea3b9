"""Word and Excel files in the ZIP format: the right parts, and none that runs, embeds or reaches out unasked.

A link that a person clicks is none of that; what fields and formulas do is looked at in `file_fields`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn
from xml.parsers import expat

from services.intake.adapters import file_fields
from services.intake.adapters.file_verdict import Unfit
from services.intake.adapters.file_zip import Member, members, unpack

CONTENT_TYPES = "[Content_Types].xml"
MAX_XML = 500_000
# Some editors number the main part: word/document2.xml.
MAIN_PART = {".docx": re.compile(r"word/document\d*\.xml"), ".xlsx": re.compile(r"xl/workbook\d*\.xml")}
MAIN_TYPE = {".docx": "wordprocessingml.document.main+xml", ".xlsx": "spreadsheetml.sheet.main+xml"}
UNSAFE_PART = re.compile(
    r"(^|/)(embeddings|activex|macrosheets|externallinks)/|vbaproject|vbadata"
    r"|\.(zip|jar|7z|rar|gz|bz2|xz|tar|cab|iso|docx|docm|xlsx|xlsm|xlsb|pptx|exe|dll|js|vbs|hta|swf)$",
    re.IGNORECASE,
)
UNSAFE_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"MSCF", b"MZ", b"%PDF-")
UNSAFE_TYPE = re.compile(r"macroenabled|vbaproject|activex|oleobject|macrosheet|externallink|package$", re.IGNORECASE)
UNSAFE_RELATION = re.compile(
    r"/(vbaproject|wordvbadata|oleobject|control|activexcontrolbinary|package|afchunk|subdocument|externallink"
    r"|attachedtemplate|xlmacrosheet|xlintlmacrosheet)$",
    re.IGNORECASE,
)


def check(data: bytes, extension: str) -> None:
    """Raise Unfit unless this is a plain document of that extension."""
    found = members(data)
    main = MAIN_PART[extension]
    if not any(main.fullmatch(member.name) for member in found):
        raise Unfit("file-not-what-it-says")
    if any(UNSAFE_PART.search(member.name) for member in found):
        raise Unfit("file-unsafe")
    types: list[str] = []
    xml_left = MAX_XML
    for member in found:
        xml_left -= member.size if _is_read(member) else 0
        if xml_left < 0:
            raise Unfit("file-unsafe")
        types += _look_into(data, member)
    if not any(type_.endswith(MAIN_TYPE[extension]) for type_ in types):
        raise Unfit("file-not-what-it-says")


def _is_read(member: Member) -> bool:
    return member.name == CONTENT_TYPES or member.name.casefold().endswith(".rels")


def _look_into(data: bytes, member: Member) -> list[str]:
    """Unpack the whole member, so that no size is taken on trust; return the content types it names."""
    kept: list[bytes] = []
    suspicion = file_fields.Suspicion()
    for piece in unpack(data, member):
        suspicion.look(piece)
        if _is_read(member):
            kept.append(piece)
    if suspicion.head.startswith(UNSAFE_MAGIC):
        raise Unfit("file-unsafe")
    elements = list(_attributes(b"".join(kept))) if _is_read(member) else []
    for attributes in elements:
        _check_element(attributes)
    if suspicion.is_raised:
        file_fields.check(unpack(data, member))
    return [attributes.get("ContentType", "") for attributes in elements if member.name == CONTENT_TYPES]


def _check_element(attributes: dict[str, str]) -> None:
    relation = attributes.get("Type", "")
    outside = attributes.get("TargetMode", "").strip().casefold() == "external"
    reaches_out = outside and not relation.casefold().endswith("/hyperlink")
    unsafe_type = UNSAFE_TYPE.search(attributes.get("ContentType", ""))
    if reaches_out or UNSAFE_RELATION.search(relation) or unsafe_type:
        raise Unfit("file-unsafe")


def _attributes(xml: bytes) -> Iterator[dict[str, str]]:
    found: list[dict[str, str]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda _, attributes: found.append(attributes)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, LookupError, ValueError):  # an encoding nobody knows, or one it cannot use
        raise Unfit("file-not-what-it-says") from None
    yield from found


def _refuse_doctype(*_: object) -> NoReturn:
    raise Unfit("file-unsafe")
