"""What the words of the contract let through, and what not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter, ValidationError

from phieu_schemas import (
    Attachment,
    BrandId,
    ChannelKind,
    MessageText,
    RequestText,
    Sealed,
    ShortText,
    TicketNumber,
    Utc,
)


@pytest.mark.parametrize("brand", ["azdigi", "cong-so-xanh", "a", "7", "a" * 40])
def test_a_brand_id_is_lower_case_with_single_hyphens_inside(brand: str) -> None:
    assert TypeAdapter(BrandId).validate_python(brand) == brand


@pytest.mark.parametrize("brand", ["", "-a", "a-", "a--b", "Azdigi", "a_b", "a.b", "a\n", "công-sở", "a" * 41])
def test_what_could_not_name_a_topic_is_no_brand_id(brand: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(BrandId).validate_python(brand)


@pytest.mark.parametrize("number", ["0123456789", "123456789", "12345678901", "4821 09375", "482109375x", "٤821093756"])
def test_a_number_is_ten_digits_and_begins_with_none_that_is_lost(number: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(TicketNumber).validate_python(number)


def test_an_instant_is_kept_in_utc_whatever_its_offset() -> None:
    saigon = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=7)))
    kept = TypeAdapter(Utc).validate_python(saigon)
    assert kept == saigon
    assert kept.tzinfo is UTC


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        TypeAdapter(Utc).validate_json('"2026-11-23T12:00:00"')


def test_an_unknown_value_of_an_open_enumeration_is_kept() -> None:
    assert TypeAdapter(ChannelKind).validate_python("carrier-pigeon") == "carrier-pigeon"


@pytest.mark.parametrize("value", ["", "Web Form", "-x", "x" * 65, "thư"])
def test_a_value_of_an_enumeration_is_a_word_all_the_same(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(ChannelKind).validate_python(value)


@pytest.mark.parametrize("text", ["", "a\x00b", "a\nb", "a" * 201])
def test_a_short_text_is_one_line_that_a_database_can_hold(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(ShortText).validate_python(text)


def test_a_ciphertext_is_base64() -> None:
    with pytest.raises(ValidationError):
        Sealed.model_validate_json('{"key_id": "6d0b6ad6-90b0-4f0e-8a51-5f2f7d3f0c11", "ciphertext": "not sealed"}')


def test_personal_texts_never_show_when_printed() -> None:
    for personal in (RequestText(fields={"name": "Trần Văn A"}, content="Trần"), MessageText(content="Trần")):
        assert "Trần" not in f"{personal} {personal!r} {[personal]}"


def test_an_error_never_quotes_what_was_wrong() -> None:
    with pytest.raises(ValidationError) as refused:
        RequestText.model_validate_json('{"fields": {"name": 7}, "content": ["Trần Văn A"]}')
    assert "Trần" not in str(refused.value)


@pytest.mark.parametrize("size", ['"3"', "3.0", "true", "null", "-1"])
def test_a_number_is_a_number_and_nothing_that_could_be_read_as_one(size: str) -> None:
    text = f'{{"attachment_id": "6d0b6ad6-90b0-4f0e-8a51-5f2f7d3f0c11", "bytes": {size}, "media_type": "text/plain"}}'
    with pytest.raises(ValidationError):
        Attachment.model_validate_json(text)


def test_types_are_exact_and_what_is_not_known_is_passed_over() -> None:
    assert MessageText.model_validate_json('{"content": "a", "later": 1}') == MessageText(content="a")
    with pytest.raises(ValidationError):
        MessageText.model_validate_json('{"content": 1}')
