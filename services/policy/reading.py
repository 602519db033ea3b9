"""YAML to plain JSON values: a strict subset in which nothing is guessed.

Whole numbers, true, false, null, texts, lists and maps with text keys. YAML would read an unquoted `17:00` as
61200, `no` as false and a date as an object; here each of these is a fault that asks for quotes.
"""

from __future__ import annotations

import contextlib
import json
from typing import Protocol
from unicodedata import category

import yaml

from services.policy.faults import Fault, PolicyNotLoadable, joined

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
TEXT_TAG = "tag:yaml.org,2002:str"
PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("int", "bool", "null")}
YAML_NULLS = {"", "~"}

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]
Path = tuple[str | int, ...]


class Mark(Protocol):
    """A place in the text; the library has two kinds."""

    line: int


def read(data: bytes, file: str) -> dict[str, Json]:
    """The content of a policy file; raises PolicyNotLoadable with all that is wrong in it."""
    reader = _Reader(file)
    node = reader.compose(data)
    content = reader.value(node, ())
    if not isinstance(content, dict):
        reader.note((), "must be a map of sections (format, brand, version, …)")
    if reader.faults or not isinstance(content, dict):
        raise PolicyNotLoadable(file, tuple(reader.faults))
    return content


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def note(self, path: Path, text: str) -> None:
        self.faults.append(Fault(path=joined(path), text=text))

    def stop(self, path: str, text: str) -> PolicyNotLoadable:
        return PolicyNotLoadable(self.file, (Fault(path=path, text=text),))

    def compose(self, data: bytes) -> yaml.Node | None:
        if len(data) > MAX_BYTES:
            raise self.stop("", f"is larger than {MAX_BYTES} bytes")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.stop(f"byte {error.start}", "is not UTF-8") from None
        try:
            self.refuse_tangles(text)
            return yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            raise self.stop(_line(error.problem_mark), f"is not YAML: {error.problem}") from None
        except yaml.YAMLError:
            raise self.stop("", "is not YAML: it holds a character that YAML does not allow") from None

    def refuse_tangles(self, text: str) -> None:
        """Look at depth and aliases on the flat stream of events: composing them could recurse or blow up."""
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise self.stop(_line(event.start_mark), "aliases are not allowed: write the value out")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise self.stop(_line(event.start_mark), f"is nested deeper than {MAX_DEPTH} levels")

    def value(self, node: yaml.Node | None, path: Path) -> Json:
        match node:
            case yaml.MappingNode():
                return self.mapping(node, path)
            case yaml.SequenceNode():
                return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
            case yaml.ScalarNode():
                return self.scalar(node, path)
            case _:
                return None

    def mapping(self, node: yaml.MappingNode, path: Path) -> Json:
        content: dict[str, Json] = {}
        for key_node, value_node in node.value:
            key, line = key_node.value, _line(key_node.start_mark)
            if key_node.tag != TEXT_TAG or not isinstance(key_node, yaml.ScalarNode):
                self.note(path, f"a key in {line} must be a text: put it in quotes")
            elif _has_controls(key):
                self.note(path, f"a key in {line} holds a control character")
            elif key in content:
                self.note((*path, key), f"is given twice, again in {line}")
            else:
                content[key] = self.value(value_node, (*path, key))
        return content

    def scalar(self, node: yaml.ScalarNode, path: Path) -> Json:
        text = str(node.value)
        if node.tag == TEXT_TAG:
            if _has_controls(text):
                self.note(path, "holds a control character")
            return text
        if node.tag in PLAIN_TAGS:
            if text in YAML_NULLS:
                return None
            with contextlib.suppress(ValueError):
                value: object = json.loads(text)
                # A tag written out may promise what the text is not: `!!int "NaN"`.
                if value is None or isinstance(value, int):
                    return value
        self.note(path, f"“{text[:40]}” is ambiguous: put it in quotes, or write a whole number, true or false")
        return None


def _has_controls(text: str) -> bool:
    return any(category(sign) == "Cc" and sign != "\n" for sign in text)


def _line(mark: Mark | None) -> str:
    return f"line {mark.line + 1}" if mark else ""
