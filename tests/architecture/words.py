"""Rules about words: what every file says, and what none may say."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator

from tests.architecture.tree import Source, Tree

FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager", "misc"}
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error"]) + r")\b")
SUPPRESSION = re.compile(r"type: ignore|noqa|pragma: no cover")
REASONED = re.compile(r"(type: ignore\[[^\]]+\]|noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*|pragma: no cover)\W+\w.{9,}")
PUBLIC_ROOMS = ("schemas", "services/runtime")
KAFKA_HOLDERS = {
    "AIOKafkaConsumer": "services/runtime/spans.py",
    "AIOKafkaProducer": "services/runtime/producer.py",
    "AIOKafkaAdminClient": "services/runtime/topics.py",
}
SCHEMAS_MAY_IMPORT = {"pydantic", "phieu_schemas"} | sys.stdlib_module_names


def _opens_with_a_sentence(docstring: str | None) -> bool:
    first, *more = (docstring or "").splitlines() or [""]
    return bool(first.strip()) and not (more and more[0].strip())


def docstrings(tree: Tree) -> Iterator[str]:
    """Each file opens with a sentence that says what it is for."""
    for source in tree.sources:
        if not _opens_with_a_sentence(ast.get_docstring(source.module)):
            yield f"{source.path}: open it with one line that says what it is for"


def public_docstrings(tree: Tree) -> Iterator[str]:
    """Each public name of the two rooms that others build on says what it is."""
    for source in tree.sources:
        for node in source.module.body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            public = source.room in PUBLIC_ROOMS and not node.name.startswith("_")
            if public and not _opens_with_a_sentence(ast.get_docstring(node)):
                yield f"{source.path}:{node.lineno} {node.name}: give it a docstring of one sentence"


def return_types(tree: Tree) -> Iterator[str]:
    """Each function says what it returns."""
    for source in tree.sources:
        for function in source.functions():
            if function.returns is None:
                yield f"{source.path}:{function.lineno} {function.name}: write its return type"


def late_annotations(tree: Tree) -> Iterator[str]:
    """Each file that annotates starts with the import that makes annotations cost nothing."""
    annotates = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.AnnAssign
    for source in tree.sources:
        code = [node for node in source.module.body if not isinstance(node, ast.Expr)]
        late = code and isinstance(code[0], ast.ImportFrom) and code[0].module == "__future__"
        if not late and any(isinstance(node, annotates) for node in code):
            yield f"{source.path}: start it with `from __future__ import annotations`"


def nothing_unfinished(tree: Tree) -> Iterator[str]:
    """No file says that it is not done."""
    for path in tree.files:
        for number, line in enumerate(tree.text(path).splitlines(), start=1):
            if UNFINISHED.search(line):
                yield f"{path}:{number}: finish it, or leave it out and write an issue"


def reasoned_suppressions(tree: Tree) -> Iterator[str]:
    """A silenced tool is named by rule, and the same line says why."""
    for source in tree.sources:
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
            silenced = token.type == tokenize.COMMENT and SUPPRESSION.search(token.string)
            if silenced and not REASONED.search(token.string):
                yield f"{source.path}:{token.start[0]}: mend it, or name the rule and say why beside it"


def telling_names(tree: Tree) -> Iterator[str]:
    """No module or package has a name that would fit any code."""
    for source in tree.sources:
        for part in source.path.removesuffix(".py").split("/"):
            if part in FORBIDDEN_NAMES:
                yield f"{source.path}: '{part}' says nothing: name it after what it does"


def _names(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.module):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.ImportFrom(names=aliases) | ast.Import(names=aliases):
                yield from ((node.lineno, alias.name) for alias in aliases)
            case _:
                pass


def kafka_holders(tree: Tree) -> Iterator[str]:
    """Among the services, one file each subscribes, publishes and creates topics."""
    for source in tree.sources:
        for line, name in _names(source):
            holder = KAFKA_HOLDERS.get(name, source.path)
            if source.path.startswith("services/") and source.path != holder:
                yield f"{source.path}:{line}: only {holder} may hold {name}: call that file"


def schemas_stand_alone(tree: Tree) -> Iterator[str]:
    """The contract imports the standard library and pydantic, nothing else."""
    for source in tree.sources:
        if not source.path.startswith("schemas/phieu_schemas/"):
            continue
        for node in ast.walk(source.module):
            for name in _imported(node):
                if name.split(".")[0] not in SCHEMAS_MAY_IMPORT:
                    yield f"{source.path}: subscribers would have to install '{name}': do without it"


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=aliases):
            return [alias.name for alias in aliases]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case _:
            return []
