"""YAML is read in a strict subset: nothing is guessed, nothing can blow up."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.policy.faults import PolicyNotLoadable
from services.policy.reading import MAX_BYTES, MAX_DEPTH, read


def faults_of(text: str | bytes) -> list[str]:
    """Every fault as it is printed."""
    with pytest.raises(PolicyNotLoadable) as refused:
        read(text if isinstance(text, bytes) else text.encode(), "p.yaml")
    return [str(fault) for fault in refused.value.faults]


def test_texts_whole_numbers_true_false_and_null_are_read_as_they_stand() -> None:
    text = 'a: x\nb: -12\nc: [true, false, null, ~]\nd: {e: }\n"f": "17:00"\ng: |\n  two\n  lines\n'
    expected = {"a": "x", "b": -12, "c": [True, False, None, None], "d": {"e": None}, "f": "17:00", "g": "two\nlines\n"}
    assert read(text.encode(), "p.yaml") == expected


@pytest.mark.parametrize(
    "value",
    ["17:00", "yes", "No", "on", "TRUE", "Null", "012", "0x1F", "1_000", "+1", "1.5", ".inf", "1e400", "1.0e+400",
     "2026-01-01", "2026-01-01T00:00:00Z", "!!binary aGk=", "!!python/name:os.system", "!x y", "9" * 5000,
     '!!int "NaN"', '!!int "1e5"', '!!int "[1]"', '!!bool "{}"', "!!null '\"x\"'"],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_must_be_in_quotes(value: str) -> None:
    if value == "1e400":
        assert read(f"a: {value}".encode(), "p.yaml") == {"a": "1e400"}
        return
    assert faults_of(f"a: [{value} ]")[0].startswith("a[0]: “")
    assert "ambiguous" in faults_of(f"a: [{value} ]")[0]


def test_a_key_given_twice_is_refused_at_any_depth() -> None:
    assert faults_of("a: 1\nb:\n  - c: 1\n    d: 2\n    c: 3\na: 2\n") == [
        "b[0].c: is given twice, again in line 5",
        "a: is given twice, again in line 6",
    ]


@pytest.mark.parametrize("key", ["1", "yes", "null", "[a]", "{a: b}", "2026-01-01", "!!str [a]", "!!str {a: b}"])
def test_a_key_must_be_a_text(key: str) -> None:
    assert faults_of(f"a:\n  ? {key}\n  : x\n") == ["a: a key in line 2 must be a text: put it in quotes"]


def test_merging_is_not_known() -> None:
    assert "must be a text" in faults_of("a: {<<: {b: 1}}")[0]


@pytest.mark.parametrize("text", ["", "[]", "x", "12", "- a: 1", "# nothing"])
def test_a_file_must_be_a_map(text: str) -> None:
    assert faults_of(text) == ["must be a map of sections (format, brand, version, …)"]


def test_aliases_are_refused_so_that_nothing_can_multiply() -> None:
    assert faults_of("a: &x [1]\nb: [*x, *x]\n") == ["line 2: aliases are not allowed: write the value out"]


def test_nesting_has_a_bound() -> None:
    assert read(b"a: " + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1), "p.yaml")
    assert faults_of("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH) == [f"line 1: is nested deeper than {MAX_DEPTH} levels"]
    assert "nested deeper" in faults_of("[" * 200_000)[0]


def test_size_has_a_bound() -> None:
    fits = b"a: 1\n" + b"#" * (MAX_BYTES - 5)
    assert read(fits, "p.yaml") == {"a": 1}
    assert faults_of(fits + b"#") == [f"is larger than {MAX_BYTES} bytes"]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"a: \xff", "byte 3: is not UTF-8"),
        ("a: é".encode("latin-1"), "byte 3: is not UTF-8"),
        (b"a: [1", "line 2: is not YAML: did not find expected ',' or ']'"),
        (b"a: 1\nb: [}", "line 2: is not YAML: did not find expected node content"),
        (b"a: \x01", "is not YAML: it holds a character that YAML does not allow"),
        (b"a: 1\n---\nb: 2", "line 2: is not YAML: but found another document"),
        (b'a: "\\0"', "a: holds a control character"),
        (b'a: ["x\\ty"]', "a[0]: holds a control character"),
        (b'"a\\0": 1', "a key in line 1 holds a control character"),
        (b'a: "\\ud800"', "line 1: is not YAML: found invalid Unicode character escape code"),
    ],
)
def test_what_is_not_clean_yaml_is_refused_with_its_place(data: bytes, fault: str) -> None:
    assert faults_of(data) == [fault]


def test_several_faults_are_told_at_once() -> None:
    assert len(faults_of("a: yes\nb: 17:00\nc: {d: 1, d: 2}\n1: x\n")) == 4


PIECES = [
    b"a:",
    b"? ",
    b"\n",
    b"!!str",
    b"!!int",
    b"!!bool",
    b"!!null",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b"'NaN'",
    b"'[1]'",
    b"1",
]


@settings(deadline=None)
@given(
    st.binary(max_size=300)
    | st.text(alphabet=" \n:-[]{}&*!|>'\"?#%@a1.~,", max_size=120).map(str.encode)
    | st.lists(st.sampled_from(PIECES)).map(b" ".join)
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        content = read(data, "p.yaml")
    except PolicyNotLoadable:
        return
    assert json.loads(json.dumps(content, allow_nan=False)) == content


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(alphabet=st.characters(max_codepoint=0x1FFF, exclude_categories=["Cc"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="ab/ é", max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(alphabet="abc", max_size=4), VALUES, max_size=4))
def test_json_is_read_back_as_it_was_written(content: dict[str, object]) -> None:
    assert read(json.dumps(content, ensure_ascii=False).encode(), "p.yaml") == content
