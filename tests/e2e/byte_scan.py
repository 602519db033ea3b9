"""Words that stand nowhere else, and where on a disk they are found."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.customer import File


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A made-up person; whatever they say bears their mark, but for the telephone, which has digits only."""

    mark: str
    phone: str
    said: set[str] = field(default_factory=set, compare=False)

    def word(self, place: str) -> str:
        """The word for one place: a field, a file's name, what is in a file."""
        self.said.add(f"{self.mark}{place}")
        return f"{self.mark}{place}"

    def plain(self, found: str) -> str:
        """What was found without a byte that follows it on the disk and happens to be a letter."""
        begun = [one for one in (self.phone, *self.said) if found.startswith(one)]
        return max(begun, key=len, default=found)

    def fields(self, content: str) -> dict[str, str]:
        """The form, filled in."""
        words = {name: f"Ông {self.word(name)}" for name in ("name", "organisation", "job_title")}
        content = f"Tôi là {self.word(content)}, gọi {self.phone}."
        return {**words, "email": self.email, "phone": self.phone, "content": content}

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.word('email')}@example.vn"

    def file(self, name: str) -> File:
        """A file with a word in its name and one inside."""
        return f"tệp {self.word(name)}.txt", f"Trong tệp: {self.word(name + 'inside')}".encode()

    def are_in(self, found: str) -> bool:
        """Whether anything of theirs is there."""
        return self.mark in found or self.phone in found


def planted() -> Planted:
    """A person whom nobody has heard of."""
    return Planted(mark=f"zq{secrets.token_hex(8)}", phone=f"09{secrets.randbelow(10**8):08}")


def places(folder: Path, words: Sequence[str]) -> set[tuple[str, str]]:
    """In which part of the folder (its first step down) each word is found that begins with one of these.

    Looked through are the bytes of every file, and its name.
    """
    marks, found = [word.encode() for word in words], set()
    for path in _files(folder):
        within = path.relative_to(folder)
        found |= {(within.parts[0], word) for word in _words(bytes(within) + b"\n" + _content(path), marks)}
    return found


def _files(folder: Path) -> Iterator[Path]:
    for at, _, names in os.walk(folder):
        yield from (path for name in names if (path := Path(at, name)).is_file() and not path.is_symlink())


def _content(path: Path) -> bytes:
    """The bytes of a file; one that goes while we look holds nothing any more."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _words(content: bytes, marks: Sequence[bytes]) -> Iterator[str]:
    for mark in marks:
        if mark in content:
            yield from (found.decode() for found in set(re.findall(re.escape(mark) + rb"[a-z_]*", content)))
