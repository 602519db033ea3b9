"""Every rule of the house sees what it is there for, and lets pass what is right at its edge."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import addresses, layout, sizes, words
from tests.architecture.planted import HEAD, PLANTED, WRITER, Planted, body
from tests.architecture.rules import RULES, Rule
from tests.architecture.tree import Tree


def plant(root: Path, files: dict[str, str]) -> Tree:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Tree(root)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: f"{planted.rule.__name__}: {planted.said}")
def test_a_planted_violation_is_seen(tmp_path: Path, planted: Planted) -> None:
    found = list(planted.rule(plant(tmp_path, planted.files)))
    assert any(planted.said in line for line in found), found


def test_every_rule_has_a_planted_violation() -> None:
    assert {planted.rule for planted in PLANTED} == set(RULES)


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (sizes.short_functions, "services/x/y.py", HEAD + body(8)),
        (sizes.short_decisions, "services/x/decide.py", HEAD + body(25)),
        (sizes.few_comments, "services/x/y.py", HEAD + "# why\n" + "a = 1\n" * 20),
        (words.docstrings, "services/x/y.py", '"""One line.\n\nAnd a tree.\n"""\n'),
        (
            words.reasoned_suppressions,
            "services/x/y.py",
            HEAD + "a = 1  # noqa: S101 - the library asks for it\n",
        ),
        (words.kafka_holders, "services/runtime/producer.py", HEAD + "from aiokafka import AIOKafkaProducer\n"),
        (words.schemas_stand_alone, "schemas/phieu_schemas/y.py", HEAD + "import json\nfrom .a import b\n"),
        (addresses.no_package_store_named, "requirements.txt", "# --no-emit-index-url\n"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_right_at_the_edge_passes(tmp_path: Path, rule: Rule, path: str, text: str) -> None:
    assert not list(rule(plant(tmp_path, {path: text})))


def test_a_whole_writer_has_the_inner_shape(tmp_path: Path) -> None:
    files = WRITER | {"services/x/store.py": HEAD, "services/x/sql/queries.sql": ""}
    assert not list(layout.one_inner_shape(plant(tmp_path, files)))


def test_a_docstring_does_not_count_as_length(tmp_path: Path) -> None:
    text = HEAD + 'def act() -> None:\n    """One.\n\n    Two.\n    """\n    print()\n'
    (source,) = plant(tmp_path, {"services/x/y.py": text}).sources
    assert [sizes.length(function) for function in source.functions()] == [2]


def test_hidden_and_generated_files_are_not_looked_at(tmp_path: Path) -> None:
    tree = plant(tmp_path, {"services/.cache/a.py": "", "schemas/build/a.py": "", "services/a.py": ""})
    assert tree.files == ("services/a.py",)
