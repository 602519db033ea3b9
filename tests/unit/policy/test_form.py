"""What a form says of the values somebody sent."""

from __future__ import annotations

from unicodedata import is_normalized

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.policy.form import LIMITS, Form
from services.policy.loader import parse
from services.policy.texts import TEXTS, FieldProblem
from tests.unit.policy.sample import SAMPLE, changed

FORM = parse(SAMPLE).forms["request"]
VALUES = {"name": "An", "email": "an@mau.vn", "phone": "", "department": "sales", "content": "Máy hỏng"}


def slugs(form: Form = FORM, **values: str) -> dict[str, str]:
    """The slug of each field that has a problem."""
    return {problem.field: problem.slug for problem in form.validate(form.normalise(VALUES | values))}


def test_values_in_order_have_no_problems() -> None:
    assert slugs() == {}
    assert FORM.warnings(VALUES) == ()


@pytest.mark.parametrize("blank", ["", "   ", "\u00a0\u3000", "\u200b\u2060", "\ufeff"])
def test_a_required_field_left_blank_is_asked_for_in_both_languages(blank: str) -> None:
    assert FORM.validate(FORM.normalise(VALUES | {"name": blank})) == (
        FieldProblem(field="name", slug="required", vi="Xin điền “Tên”.", en="Please fill in “Name”."),
    )


def test_a_missing_field_is_a_blank_one_and_all_are_told_in_the_order_of_the_form() -> None:
    assert [problem.field for problem in FORM.validate({})] == ["name", "email", "department"]


def test_a_field_that_is_not_required_may_be_blank() -> None:
    assert slugs(phone=" ", content="") == {}


def test_without_an_english_label_the_vietnamese_one_is_used() -> None:
    (problem,) = FORM.validate(VALUES | {"email": ""})
    assert problem.en == "Please fill in “Email”."


@pytest.mark.parametrize(
    "email",
    [
        "a@b.vn", "An.Nguyen+x@sub.cong-ty.com.vn", "o'brien@a.ie", "nguyễn@thư.vn", "用户@例子.公司",
        "संपर्क@डाटामेल.भारत",
        "a" * 64 + "@b.vn", "a@" + "b" * 63 + ".vn", "a@1.vn",
    ],
)  # fmt: skip
def test_addresses_in_any_script_are_taken(email: str) -> None:
    assert slugs(email=email) == {}


@pytest.mark.parametrize(
    "email",
    [
        "a", "@", "a@", "@b.vn", "a@b", "a@b..vn", "a@.vn", "a@b.vn.", ".a@b.vn", "a.@b.vn", "a..b@b.vn", "a b@c.vn",
        "a@b c.vn", "a@@b.vn", "a@b@c.vn", "a@-b.vn", "a@b-.vn", "a@b_c.vn", '"a b"@c.vn', "An <a@b.vn>",
        "a@b.vn, c@d.vn",
        "a@b.12", "a@[127.0.0.1]", "a" * 65 + "@b.vn", "a@" + "b" * 64 + ".vn", "a@" + "ễ" * 60 + ".vn", "a;b@c.vn",
        "é" * 33 + "@b.vn", "a(b)@c.vn", "a@b\u2024vn",
        "ễ" * 20 + "@" + "ễ" * 20 + "." + "ầ" * 25 + "." + "ầ" * 25,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(email: str) -> None:
    assert slugs(email=email) == {"email": "email"}


@pytest.mark.parametrize(
    "phone", ["+84 97 567 4781", "(+84) 97 567 4781", "097.567.4781", "12345678", "1" * 15, "08.3974-3179"]
)
def test_telephone_numbers_are_taken_as_people_write_them(phone: str) -> None:
    assert slugs(phone=phone) == {}


@pytest.mark.parametrize(
    "phone", ["1234567", "1" * 16, "0975674781 x2", "++84975674781", "8497+5674781", "०९७५६७४७८१", "097/567/4781"]
)
def test_what_is_no_telephone_number_is_refused(phone: str) -> None:
    assert slugs(phone=phone) == {"phone": "phone"}


@pytest.mark.parametrize(("field", "kind"), [("name", "text"), ("content", "long_text"), ("phone", "phone")])
def test_the_length_has_a_bound_and_the_refusal_says_both_numbers(field: str, kind: str) -> None:
    limit = LIMITS[kind]
    assert slugs(FORM, **{field: "1" * limit}).get(field) != "too-long"
    (problem,) = FORM.validate(VALUES | {field: "1" * (limit + 1)})
    assert problem.slug == "too-long"
    assert f"dài {limit + 1} ký tự, tối đa là {limit}." in problem.vi
    assert f"has {limit + 1} characters; at most {limit}" in problem.en


def test_the_published_bounds() -> None:
    assert (LIMITS["text"], LIMITS["long_text"]) == (200, 20_000)


@pytest.mark.parametrize(
    "sign", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800", "\n", "\r", "\t", "\u2028", "\u2029"]
)
def test_signs_that_break_lines_or_terminals_are_refused_in_short_fields(sign: str) -> None:
    assert slugs(name=f"A{sign}B") == {"name": "characters"}


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_signs_that_break_terminals_are_refused_in_long_texts(sign: str) -> None:
    assert slugs(content=f"A{sign}B") == {"content": "characters"}


def test_a_field_of_nothing_but_control_signs_is_told_as_such() -> None:
    assert slugs(name="\x00", phone="\x00") == {"name": "characters", "phone": "characters"}


def test_long_texts_have_lines_and_tabs() -> None:
    assert slugs(content="một\r\n\thai\u2028ba\r") == {}


@pytest.mark.parametrize("value", ["nobody", "Sales", "sales,care", " "])
def test_only_what_is_offered_can_be_chosen(value: str) -> None:
    assert slugs(department=value) == {"department": "choice" if value.strip() else "required"}


def test_every_department_offered_can_be_chosen() -> None:
    for value in ("sales", "support", "care"):
        assert slugs(department=value) == {}


def test_an_unknown_field_is_named() -> None:
    (problem,) = FORM.validate(VALUES | {"role": "admin"})
    assert (problem.field, problem.slug, problem.vi) == (
        "role",
        "unknown-field",
        "Biểu mẫu này không có trường “role”.",
    )


def test_a_flood_of_unknown_fields_is_told_in_short() -> None:
    names = [f"f{number:05}" for number in range(10_000)]
    assert [one.field for one in FORM.validate(VALUES | dict.fromkeys(names, ""))] == names[:20]


@pytest.mark.parametrize("name", ["Hoa, 0975 674 781", "hoa@mau.vn", "a" * 61, "\ud800{vi}", "a\n"])
def test_what_cannot_be_the_name_of_a_field_is_not_quoted(name: str) -> None:
    (problem,) = FORM.validate(VALUES | {name: "", f"{name}!": ""})
    assert (problem.field, problem.vi) == ("?", "Biểu mẫu này không có trường “?”.")


def test_an_empty_content_is_warned_about_but_no_problem() -> None:
    (warning,) = FORM.warnings(VALUES | {"content": " \n"})
    assert (warning.field, warning.slug) == ("content", "empty-content")
    assert FORM.warnings({}) == (warning,)
    assert slugs(content=" \n") == {}


def test_where_the_brand_does_not_ask_for_it_nothing_is_warned_about() -> None:
    form = parse(changed("forms.request.empty_content", "accept")).forms["request"]
    assert form.warnings({}) == ()


def test_a_content_that_is_required_is_a_problem_and_no_warning() -> None:
    form = parse(changed("forms.request.fields.4.required", True)).forms["request"]
    assert form.warnings({}) == ()
    assert slugs(form, content="") == {"content": "required"}


def test_short_values_are_trimmed_and_long_ones_keep_their_shape() -> None:
    recorded = FORM.normalise({"name": " Nguye\u0302\u0303n\u00a0An\u3000", "content": "  a\r\nb\rc \n"})
    assert recorded == {"name": "Nguyễn An", "content": "  a\nb\nc \n"}


def test_values_of_unknown_fields_are_kept_for_the_refusal() -> None:
    assert FORM.normalise({"x": " a "}) == {"x": "a"}


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*VALUES, "other"]), st.text(alphabet=st.characters(), max_size=60)))
def test_normalising_twice_is_normalising_once(values: dict[str, str]) -> None:
    once = FORM.normalise(values)
    assert FORM.normalise(once) == once
    assert all(is_normalized("NFC", value) for value in once.values())


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(alphabet=st.characters(), max_size=9) | st.sampled_from([*VALUES]), st.text(alphabet=st.characters())
    )
)
def test_any_values_get_an_answer_that_speaks_both_languages(values: dict[str, str]) -> None:
    for problem in FORM.validate(FORM.normalise(values)):
        assert problem.slug in TEXTS
        assert problem.vi != problem.en
        assert problem.vi.encode()


def test_each_field_names_the_rule_behind_it_or_has_that_of_all() -> None:
    form = parse(changed("forms.request.fields.1.rule", "S9-02")).forms["request"]
    assert [form.rule_of(one) for one in ("name", "email", "nothing")] == ["S9-01", "S9-02", "S9-01"]
    assert parse(changed("forms.request.rules", {})).forms["request"].rule_of("name") == ""


def test_a_field_is_found_by_its_id() -> None:
    found = FORM.field("email")
    assert found is not None
    assert found.max_length == 254
    assert FORM.field("e-mail") is None
