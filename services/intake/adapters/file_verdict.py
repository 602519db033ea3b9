"""What can be said of a file somebody sends: taken, or refused with a reason in both languages."""

from __future__ import annotations

from dataclasses import dataclass

TEXTS = {
    "file-empty": ("Tệp này trống.", "This file is empty."),
    "file-too-large": ("Tệp phải nhỏ hơn {limit}.", "The file must be smaller than {limit}."),
    "file-name": (
        "Tên tệp quá dài, trống, hoặc có ký tự ẩn. Xin đổi tên tệp rồi gửi lại.",
        "The file's name is too long, empty, or holds hidden characters. Please rename it and send it again.",
    ),
    "file-type": ("Chỉ nhận các loại tệp: {types}.", "Only these types of file are taken: {types}."),
    "file-not-what-it-says": (
        "Nội dung tệp không đúng với đuôi của tên tệp, hoặc tệp bị hỏng. Tệp văn bản cần ở dạng UTF-8.",
        "The content is not what the name's ending says, or it is damaged. Text files must be UTF-8.",
    ),
    "file-encrypted": (
        "Tệp được đặt mật khẩu nên không kiểm tra được. Xin bỏ mật khẩu rồi gửi lại.",
        "The file is protected by a password and cannot be checked. Please remove it and send it again.",
    ),
    "file-unsafe": (
        "Tệp có macro, mã lệnh, tệp nhúng, liên kết tự mở hoặc phần không kiểm tra được. Xin gửi bản khác.",
        "The file holds macros, scripts, embedded files or parts that cannot be checked. Please send a plain copy.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The file may be stored, as this type, under this name."""

    media_type: str
    clean_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRefused:
    """The file is not taken: a stable slug and a sentence in both languages."""

    slug: str
    vi: str
    en: str


class Unfit(Exception):
    """Raised inside the checks: this file must be refused for the reason of that slug."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


def refusal(slug: str, **parts: str) -> FileRefused:
    """The refusal of that slug with its sentences filled in."""
    vi, en = TEXTS[slug]
    return FileRefused(slug=slug, vi=vi.format(**parts), en=en.format(**parts))
