"""Is this file what its name says, and safe to hand to staff?

Pure: bytes, name and the brand's rule in, a verdict out. The time is bounded by the size of what may be sent.
"""

from __future__ import annotations

from services.intake.adapters import file_name, file_ole, file_ooxml, file_pdf, file_text
from services.intake.adapters.file_verdict import Accepted, FileRefused, Unfit, refusal
from services.policy.form import Attachments

__all__ = ["Accepted", "FileRefused", "inspect"]

MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".txt": "text/plain",
}
ZIP_MAGIC = b"PK\x03\x04"


def inspect(data: bytes, name: str, allowed: Attachments) -> Accepted | FileRefused:
    """The verdict on a file under the rule of the form that it was sent with."""
    try:
        return _accepted(data, name, allowed)
    except Unfit as unfit:
        limit, types = _size(allowed.max_bytes_exclusive), ", ".join(allowed.extensions)
        return refusal(unfit.slug, limit=limit, types=types)


def _accepted(data: bytes, name: str, allowed: Attachments) -> Accepted:
    _check_size(len(data), allowed)
    clean_name = file_name.clean(name)
    ending = file_name.extension(clean_name)
    if ending not in allowed.extensions:
        raise Unfit("file-type")
    _check_content(data, ending)
    return Accepted(media_type=MEDIA_TYPES[ending], clean_name=clean_name)


def _check_size(size: int, allowed: Attachments) -> None:
    if size >= allowed.max_bytes_exclusive:
        raise Unfit("file-too-large")
    if size == 0:
        raise Unfit("file-empty")


def _check_content(data: bytes, ending: str) -> None:
    """The first bytes say which check it gets; the check knows what the ending asks for."""
    is_office = ending in {".doc", ".docx", ".xls", ".xlsx"}
    if ending == ".txt":
        file_text.check(data)
    elif ending == ".pdf" and data.startswith(file_pdf.MAGIC):
        file_pdf.check(data)
    elif ending in {".docx", ".xlsx"} and data.startswith(ZIP_MAGIC):
        file_ooxml.check(data, ending)
    elif is_office and data.startswith(file_ole.MAGIC):
        file_ole.check(data, ending)
    else:
        raise Unfit("file-not-what-it-says")


def _size(limit: int) -> str:
    for unit, factor in (("MB", 1024 * 1024), ("KB", 1024)):
        if limit % factor == 0:
            return f"{limit // factor} {unit}"
    return f"{limit} byte"
