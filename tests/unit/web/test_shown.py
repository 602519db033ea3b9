"""Forms and tickets turn into what the page shows."""

from __future__ import annotations

from services.runtime.errors import FieldError
from services.web.adapters.answers import Brand, Channel, Field, Form, Label, Option, Ticket, Value
from services.web.adapters.upstream import Declined
from services.web.pages import shown
from services.web.pages.shown import changes, empty_content, faults_of, href_of, record

FORM = Form(
    id="f",
    empty_content="warn",
    fields=(
        Field(id="name", label=Label(vi="Tên", en="Name"), required=True),
        Field(id="kind", label=Label(vi="Loại"), type="choice", options=(Option(id="a", vi="Kỹ thuật"),)),
        Field(id="content", label=Label(vi="Nội dung", en="Content"), type="long_text"),
    ),
)
TICKET = Ticket.model_validate(
    {
        "ticket_id": "3b241101-e2bb-4255-8caf-4136c566a962",
        "number": "1",
        "brand": "b",
        "brand_name": "B",
        "received_at": "2026-11-23T03:05:00Z",
        "fields": [{"id": "name", "value": "Ánh"}, {"id": "kind", "value": "a"}, {"id": "gone", "value": "x"}],
        "messages": [
            {"message": 1, "at": "2026-11-23T03:05:00Z", "content": "by mail"},
            {"message": 2, "at": "2026-11-23T03:06:00Z", "content": "more"},
        ],
    }
)


def test_a_record_speaks_the_words_of_its_form() -> None:
    found = record(TICKET, FORM, "vi")
    assert found.fields == (("Tên", "Ánh"), ("Loại", "Kỹ thuật"), ("gone", "x"), ("Nội dung", "by mail"))
    assert [message.content for message in found.later] == ["more"]


def test_a_first_message_that_no_field_holds_is_shown() -> None:
    assert record(TICKET, None, "vi").content == "by mail"


def test_a_first_message_that_a_field_holds_is_not_said_twice() -> None:
    filled = TICKET.model_copy(update={"fields": (Value(id="content", value="by mail"),)})
    assert record(filled, FORM, "vi").content is None


def test_an_english_reader_gets_english_labels_where_there_are_some() -> None:
    labels = [one.label for one in shown.inputs(FORM, {}, (), "en")]
    assert labels == ["Name", "Loại", "Content"]


def test_an_empty_content_is_worth_a_warning_only_where_the_brand_wants_one() -> None:
    assert [fault.field for fault in empty_content(FORM, {"content": " "}, "vi")] == ["content"]
    assert empty_content(FORM, {"content": "x"}, "vi") == ()
    assert empty_content(FORM.model_copy(update={"empty_content": "accept"}), {}, "vi") == ()


def test_what_was_typed_into_a_vanished_field_is_shown_with_its_fault() -> None:
    error = FieldError(field="old", slug="unknown-field", vi="Không có.", en="No.")
    found = faults_of(Declined(slug="form-not-valid", status=422, errors=(error,)), {"old": "typed"}, {"name"}, "vi")
    assert found[0].text == "Không có. Bạn đã gõ: typed"


def test_a_body_that_was_too_large_is_said_of_the_file() -> None:
    assert faults_of(Declined(slug="body-too-large", status=413), {}, set(), "vi")[0].field == "file"


def test_an_addition_holds_what_changed_and_nothing_else() -> None:
    before = {"name": "Ánh", "content": "one"}
    assert changes(FORM, before, {"name": "Anh", "content": "two"}, "vi") == "Tên: Anh\n\ntwo"
    assert changes(FORM, before, before, "vi") == ""


def test_an_address_that_would_run_a_script_is_only_text() -> None:
    assert href_of(Channel(id="x", kind="chat", address="javascript:alert(1)")) is None
    assert href_of(Channel(id="x", kind="phone", address="+84 97 567 4781")) == "tel:+84975674781"


def test_the_form_itself_is_not_among_the_other_ways() -> None:
    page = Channel(id="page", kind="web_form", address="https://b.example")
    brand = Brand(brand="b", name="B", channels=(page, Channel(id="x", kind="telepathy")), forms=(FORM,))
    assert [way.kind for way in shown.ways(brand, "vi")] == ["Cách khác"]
    assert len(shown.ways(brand.model_copy(update={"forms": ()}), "vi")) == 2
