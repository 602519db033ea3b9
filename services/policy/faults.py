"""What is wrong with a brand's folder: every fault at once, each with its place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, and where: a path inside the file, or a line while it is not yet readable."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


class PolicyNotLoadable(Exception):
    """A brand's file cannot be used; nothing of it is taken over."""

    def __init__(self, file: str, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(f"{file}: {fault}" for fault in faults))
        self.file = file
        self.faults = faults


def joined(path: tuple[str | int, ...]) -> str:
    """A path as people write it: `forms.support_form.fields[2].type`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
