"""Sealing: what is sealed opens where it was sealed, with its key, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from phieu_schemas.codec import Recorded
from phieu_schemas.testing import TICKET, again, received, supplemented
from phieu_schemas.ticket import Received, RequestText
from phieu_schemas.types import Personal, Sealed
from phieu_schemas.upcast import UPCASTS, Data, Step, unchanged
from services.runtime.codec import seal, seal_file, unseal, unseal_file
from services.runtime.errors import PoisonError

KEY_ID = UUID("6d0b6ad6-90b0-4f0e-8a51-5f2f7d3f0c11")
FILE_ID = UUID("c2c9b6c4-22a2-4a9b-8f2b-9a0e6f6d5b21")
OTHER = "11111111-1111-4111-8111-111111111111"
WORDS = RequestText(fields={"họ tên": "Nguyễn Thị Ánh"}, content="Máy in không chạy", file_names=("ảnh.png",))


class Misshapen(Personal):
    """What a faulty writer might seal."""

    content: int = 5


@pytest.fixture
def key() -> AESGCM:
    return AESGCM(AESGCM.generate_key(256))


def sealed(key: AESGCM, *, brand: str = "congsoxanh", subject: str = TICKET) -> Sealed:
    return seal(KEY_ID, key, WORDS, brand=brand, subject=subject, wire_type=Received.wire_type)


def opened(key: AESGCM, event: Recorded) -> object:
    assert isinstance(event.fact, Received)
    return unseal(key, event.envelope, event.fact)


def test_what_was_sealed_opens_again(key: AESGCM) -> None:
    assert opened(key, received(personal=sealed(key))) == WORDS


def test_the_sealed_part_shows_nothing_and_differs_each_time(key: AESGCM) -> None:
    first, second = sealed(key), sealed(key)
    assert first.key_id == KEY_ID
    assert first.ciphertext != second.ciphertext
    assert "Nguy" not in first.model_dump_json()


def test_another_key_does_not_open_it(key: AESGCM) -> None:
    with pytest.raises(PoisonError, match="personal-not-opened"):
        opened(AESGCM(AESGCM.generate_key(256)), received(personal=sealed(key)))


@pytest.mark.parametrize("moved", [{"brand": "azdigi"}, {"subject": OTHER}])
def test_a_part_that_was_moved_to_another_ticket_or_brand_does_not_open(key: AESGCM, moved: dict[str, str]) -> None:
    with pytest.raises(PoisonError, match="personal-not-opened"):
        opened(key, received(personal=sealed(key, **moved)))


def test_a_part_that_was_moved_to_another_type_does_not_open(key: AESGCM) -> None:
    event = supplemented(personal=sealed(key))
    with pytest.raises(PoisonError, match="personal-not-opened"):
        unseal(key, event.envelope, event.fact)  # type: ignore[arg-type]  # a Supplemented is one


@pytest.mark.parametrize("ciphertext", ["AAAA", "bm90IHNlYWxlZCBhdCBhbGwsIG5vdCBldmVuIGEgYml0"])
def test_what_was_never_sealed_is_poison(key: AESGCM, ciphertext: str) -> None:
    with pytest.raises(PoisonError):
        opened(key, received(personal=Sealed(key_id=KEY_ID, ciphertext=ciphertext)))


def test_a_part_of_the_wrong_shape_is_poison_and_not_quoted(key: AESGCM) -> None:
    part = seal(KEY_ID, key, Misshapen(), brand="congsoxanh", subject=TICKET, wire_type=Received.wire_type)
    with pytest.raises(PoisonError) as refused:
        opened(key, received(personal=part))
    assert refused.value.__cause__ is None


def test_a_file_opens_under_its_own_name_only(key: AESGCM) -> None:
    at = {"brand": "congsoxanh", "subject": TICKET}
    lying = seal_file(key, b"%PDF", attachment_id=FILE_ID, **at)
    assert unseal_file(key, lying, attachment_id=FILE_ID, **at) == b"%PDF"
    with pytest.raises(PoisonError, match="attachment-not-opened"):
        unseal_file(key, lying, attachment_id=KEY_ID, **at)
    with pytest.raises(PoisonError, match="attachment-not-opened"):
        unseal_file(key, b"short", attachment_id=FILE_ID, **at)


def test_the_time_of_an_event_is_not_part_of_the_seal(key: AESGCM) -> None:
    event = received(personal=sealed(key))
    later = replace(event.envelope, sequence=7)
    assert opened(key, Recorded(later, event.fact)) == WORDS


def test_an_old_events_part_opens_under_its_old_name_and_is_made_new(
    key: AESGCM, monkeypatch: pytest.MonkeyPatch
) -> None:
    def text_is_content(personal: Data) -> Data:
        return {**{name: value for name, value in personal.items() if name != "text"}, "content": personal["text"]}

    class Old(Personal):
        fields: dict[str, str] = WORDS.fields
        text: str = WORDS.content
        file_names: tuple[str, ...] = WORDS.file_names

    name = "phieu.ticket.opened.v1"
    monkeypatch.setitem(UPCASTS, name, Step(Received.wire_type, unchanged, text_is_content))
    part = seal(KEY_ID, key, Old(), brand="congsoxanh", subject=TICKET, wire_type=name)
    assert opened(key, again(received(personal=part), type=name)) == WORDS
