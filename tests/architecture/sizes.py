"""Rules about size: files and functions stay short, comments stay few."""

from __future__ import annotations

import ast
import io
import math
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from statistics import median

from tests.architecture.tree import Source, Tree

FILE_MEDIAN, FILE_P90, FILE_MAX = 100, 250, 400
FUNCTION_MEDIAN, FUNCTION_P90, FUNCTION_MAX = 8, 25, 50
DECISION_MAX = 25
COMMENT_SHARE = 0.04


def p90(numbers: list[int]) -> int:
    """The number that nine in ten do not exceed (nearest rank)."""
    return sorted(numbers)[math.ceil(0.9 * len(numbers)) - 1]


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return whole
    return whole - ((first.end_lineno or first.lineno) - first.lineno + 1)


def comment_lines(source: Source) -> int:
    """Lines that are only a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return sum(token.type == tokenize.COMMENT and token.line.lstrip().startswith("#") for token in tokens)


def _by_top(tree: Tree) -> dict[str, list[Source]]:
    tops: dict[str, list[Source]] = defaultdict(list)
    for source in tree.sources:
        tops[source.path.split("/")[0]].append(source)
    return tops


def short_files(tree: Tree) -> Iterator[str]:
    """Each file has at most 400 lines; half of them at most 100, nine in ten at most 250."""
    for source in tree.sources:
        if source.lines > FILE_MAX:
            yield f"{source.path}: {source.lines} lines, {FILE_MAX} are allowed: split it by what it does"
    for top, sources in _by_top(tree).items():
        lines = [source.lines for source in sources]
        if median(lines) > FILE_MEDIAN:
            yield f"{top}: median file {median(lines)} lines, {FILE_MEDIAN} are allowed: split the long ones"
        if p90(lines) > FILE_P90:
            yield f"{top}: p90 file {p90(lines)} lines, {FILE_P90} are allowed: split the longest"


def short_functions(tree: Tree) -> Iterator[str]:
    """Each function has at most 50 lines; half of them at most 8, nine in ten at most 25."""
    for top, sources in _by_top(tree).items():
        lengths = []
        for source in sources:
            for function in source.functions():
                lengths.append(length(function))
                if lengths[-1] > FUNCTION_MAX:
                    yield f"{source.path}:{function.lineno} {function.name}: {lengths[-1]} lines: split it"
        if lengths and median(lengths) > FUNCTION_MEDIAN:
            yield f"{top}: median function {median(lengths)} lines, {FUNCTION_MEDIAN} are allowed: split some"
        if lengths and p90(lengths) > FUNCTION_P90:
            yield f"{top}: p90 function {p90(lengths)} lines, {FUNCTION_P90} are allowed: split the longest"


def short_decisions(tree: Tree) -> Iterator[str]:
    """Each function that decides fits into 25 lines."""
    for source in tree.sources:
        if source.path.endswith("/decide.py") and source.path.startswith("services/"):
            for function in source.functions():
                if (lines := length(function)) > DECISION_MAX:
                    yield f"{source.path}:{function.lineno} {function.name}: {lines} lines: split it"


def few_comments(tree: Tree) -> Iterator[str]:
    """At most 4 % of a room's lines are only a comment."""
    comments: dict[str, int] = defaultdict(int)
    lines: dict[str, int] = defaultdict(int)
    for source in tree.sources:
        comments[source.room] += comment_lines(source)
        lines[source.room] += source.lines
    for room, count in comments.items():
        if count > COMMENT_SHARE * lines[room]:
            share = f"{count} of {lines[room]} lines"
            yield f"{room}: {share} are comments: keep those that say why, let names say the rest"
