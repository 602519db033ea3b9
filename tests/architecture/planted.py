"""One small broken tree per rule: what must be seen."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.architecture import addresses, layout, pages, sizes, words
from tests.architecture.rules import Rule

HEAD = '"""Says what it is for."""\n\nfrom __future__ import annotations\n\n'
RECORD = "# 1. A\n\nStatus: accepted\n\n## Context\n\n## Decision\n\n## Consequences\n\n## Rejected\n"
SERVICE = dict.fromkeys(
    [f"services/x/{name}" for name in ("__init__.py", "__main__.py", "app.py", "settings.py", "api.py")], HEAD
)
WRITER = SERVICE | dict.fromkeys([f"services/x/{name}.py" for name in ("commands", "state", "decide")], HEAD)


def body(lines: int) -> str:
    """A function of that many lines."""
    return "def act() -> None:\n" + "    print()\n" * (lines - 1) + "\n\n"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A tree that breaks a rule, and the words in which the rule must say so."""

    rule: Rule
    files: dict[str, str] = field(default_factory=dict)
    said: str


def _code(rule: Rule, text: str, said: str, path: str = "services/x/y.py") -> Planted:
    return Planted(rule=rule, files={path: text}, said=said)


PLANTED = (
    _code(sizes.short_files, HEAD + "a = 1\n" * 397, "401 lines, 400 are allowed"),
    _code(sizes.short_files, HEAD + "a = 1\n" * 97, "median file 101"),
    _code(sizes.short_files, HEAD + "a = 1\n" * 247, "p90 file 251"),
    _code(sizes.short_functions, HEAD + body(51), "act: 51 lines"),
    _code(sizes.short_functions, HEAD + body(9), "median function 9"),
    _code(sizes.short_functions, HEAD + body(26), "p90 function 26"),
    _code(sizes.short_decisions, HEAD + body(26), "act: 26 lines", "services/x/decide.py"),
    _code(sizes.few_comments, HEAD + "# one\n" + "a = 1\n" * 19, "1 of 24 lines are comments"),
    _code(words.docstrings, "a = 1\n", "open it with one line"),
    _code(words.docstrings, '"""One\nsentence in two lines."""\n', "open it with one line"),
    _code(words.public_docstrings, HEAD + "class A: ...\n", "A: give it a docstring", "services/runtime/y.py"),
    _code(words.public_docstrings, HEAD + body(2), "act: give it", "schemas/phieu_schemas/y.py"),
    _code(words.return_types, HEAD + "def act(): ...\n", "act: write its return type"),
    _code(words.late_annotations, '"""Says."""\n\ndef act() -> None: ...\n', "start it with"),
    _code(words.nothing_unfinished, HEAD + "# TO" + "DO: the rest\n", ":5: finish it"),
    _code(words.nothing_unfinished, "-- FIX" + "ME\n", ":1: finish it", "services/x/sql/queries.sql"),
    _code(words.nothing_unfinished, HEAD + "raise NotImplemented" + "Error\n", ":5: finish it"),
    _code(words.reasoned_suppressions, HEAD + "a = 1  # no" + "qa: S101\n", ":5: mend it"),
    _code(words.reasoned_suppressions, HEAD + "a = 1  # type: " + "ignore\n", ":5: mend it"),
    _code(words.reasoned_suppressions, HEAD + "a = 1  # pragma: no " + "cover\n", ":5: mend it"),
    _code(words.telling_names, HEAD, "'helpers' says nothing", "services/x/helpers.py"),
    _code(words.telling_names, HEAD, "'common' says nothing", "infra/common/a.py"),
    _code(
        words.kafka_holders,
        HEAD + "from aiokafka import AIOKafkaProducer\n",
        "only services/runtime/producer.py",
    ),
    _code(words.kafka_holders, HEAD + "a = aiokafka.AIOKafkaConsumer\n", "only services/runtime/spans.py"),
    _code(words.schemas_stand_alone, HEAD + "import yaml\n", "install 'yaml'", "schemas/phieu_schemas/y.py"),
    _code(words.schemas_stand_alone, HEAD + "from a.b import c\n", "install 'a.b'", "schemas/phieu_schemas/y.py"),
    Planted(
        rule=layout.nothing_stray_at_the_root,
        files={".gitignore": "*.log\n", "plan.md": ""},
        said="plan.md: the root",
    ),
    Planted(rule=layout.a_root_that_is_complete, said="LICENSE: missing"),
    Planted(rule=layout.short_readmes, files={"README.md": "a\n" * 101}, said="README.md: 101 lines"),
    Planted(rule=layout.short_readmes, files={"services/x/README.md": "a\n" * 61}, said="61 lines, 60 are allowed"),
    Planted(rule=layout.short_readmes, files=SERVICE, said="services/x/README.md: missing"),
    Planted(rule=layout.one_inner_shape, files={"services/x/app.py": HEAD}, said="settings.py: missing"),
    Planted(rule=layout.one_inner_shape, files=SERVICE, said="have either commands"),
    Planted(rule=layout.one_inner_shape, files=WRITER | {"services/x/project.py": HEAD}, said="have either"),
    Planted(
        rule=layout.one_inner_shape,
        files=SERVICE | {"services/x/project.py": HEAD, "services/x/state.py": HEAD},
        said="have either",
    ),
    Planted(
        rule=layout.one_inner_shape,
        files={path: text for path, text in WRITER.items() if "api" not in path},
        said="api.py: missing",
    ),
    Planted(rule=layout.one_inner_shape, files=WRITER | {"services/x/store.py": HEAD}, said="come together"),
    Planted(rule=layout.packages_say_so, files={"services/x/deep/y.py": HEAD}, said="services/x/deep/__init__.py"),
    Planted(rule=layout.tests_mirror_rooms, files={"tests/odd/test_a.py": HEAD}, said="tests/odd: tests lie by"),
    Planted(rule=layout.tests_mirror_rooms, files={"tests/unit/odd/test_a.py": HEAD}, said="no such room"),
    Planted(
        rule=pages.links_lead_somewhere,
        files={"docs/a.md": "[b](b.md#c)"},
        said="docs/a.md: 'b.md' leads nowhere",
    ),
    Planted(
        rule=pages.one_shape_of_records,
        files={"docs/adr/0001-a.md": RECORD.replace("## Rejected", "")},
        said="Rejected",
    ),
    Planted(rule=pages.one_shape_of_records, files={"docs/adr/0002-a.md": RECORD}, said="the next number is 0001"),
    Planted(rule=pages.one_shape_of_records, files={"docs/adr/0001-a.md": RECORD + "a\n" * 60}, said="lines"),
    Planted(
        rule=pages.records_are_listed,
        files={"docs/adr/0001-a.md": "", "docs/README.md": ""},
        said="0001-a.md: not",
    ),
    Planted(rule=layout.every_core_is_tested, files=WRITER, said="tests/unit/x/test_decide.py: missing"),
    Planted(rule=layout.every_room_is_tested, files=SERVICE, said="tests/unit/x: missing"),
    Planted(
        rule=addresses.no_package_store_named,
        files={"Makefile": "pip --index" + "-url x\n"},
        said="Makefile:1",
    ),
    Planted(
        rule=addresses.no_package_store_named,
        files={"infra/local/kafka/pom.xml": "<url>https" + "://mirror.example.org/x</url>\n"},
        said="pom.xml:1",
    ),
    Planted(
        rule=addresses.no_package_store_named,
        files={"docs/a.md": "https" + "://me:secret@example.org/\n"},
        said="docs/a.md:1",
    ),
    Planted(
        rule=addresses.pins_have_hashes_and_no_address,
        files=dict.fromkeys(addresses.PINNED, "a==1 \\\n    --hash=sha256:0\nb==2\n"),
        said="requirements.txt b==2: pin it",
    ),
    Planted(
        rule=addresses.pins_have_hashes_and_no_address,
        files=dict.fromkeys(addresses.PINNED, "a==1 @ https" + "://example.org --hash=sha256:0\n"),
        said="holds an address",
    ),
    Planted(
        rule=addresses.the_contract_builds_offline,
        files={"requirements-dev.txt": "a==1\n"},
        said="setuptools",
    ),
)
