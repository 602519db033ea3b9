"""The private page: the record, an addition, the files; and nothing of it for anybody else."""

from __future__ import annotations

import pytest

from tests.component.web.owners import Owners
from tests.component.web.visitor import TYPED, Form, Visitor


async def sent(visitor: Visitor, file: tuple[str, bytes] | None = None) -> str:
    """Send a form; gives the address of its ticket."""
    return (await visitor.post("/congsoxanh", await visitor.fill(), file)).headers["location"]


async def test_the_request_is_shown_as_it_was_recorded(visitor: Visitor) -> None:
    page = (await visitor.get(await sent(visitor, ("anh.txt", b"500")))).text
    for value in TYPED.values():
        assert value in page
    assert "<dt>Đơn vị</dt>" in page
    assert "10:05, thứ Hai 23/11/2026" in page
    assert "anh.txt</a>" in page


async def test_the_number_is_there_before_the_record_is(visitor: Visitor, owners: Owners) -> None:
    owners.visible = False
    path = await sent(visitor)
    page = (await visitor.get(path)).text
    assert "4821 093 756" in page
    assert 'hx-trigger="every 2s"' in page
    assert 'http-equiv="refresh"' in page
    owners.visible = True
    page = (await visitor.get(path)).text
    assert "hx-get" not in page
    assert TYPED["field.organisation"] in page


async def test_the_number_is_there_even_while_query_is_away(visitor: Visitor, owners: Owners) -> None:
    path = await sent(visitor)
    owners.away = True
    assert "4821 093 756" in (await visitor.get(path)).text


async def test_the_good_news_is_said_once(visitor: Visitor) -> None:
    path = await sent(visitor)
    assert "Đã nhận yêu cầu của bạn" in (await visitor.get(path)).text
    assert "Đã nhận yêu cầu của bạn" not in (await visitor.get(path)).text


async def test_the_page_is_told_to_nobody(visitor: Visitor) -> None:
    headers = (await visitor.get(await sent(visitor))).headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]


async def test_an_addition_joins_the_ticket_with_its_file(visitor: Visitor, owners: Owners) -> None:
    path = await sent(visitor)
    box = Form((await visitor.get(path)).text).values | {"field.content": "Thêm: chỉ ở phòng kế toán."}
    added = await visitor.post(path, box, ("log.txt", b"log"))
    assert (added.status_code, added.headers["location"]) == (303, path)
    page = (await visitor.get(path)).text
    assert "Đã nhận phần bổ sung của bạn" in page
    assert "Thêm: chỉ ở phòng kế toán." in page
    assert "log.txt" in page
    (ticket,) = owners.tickets.values()
    assert len(ticket.messages) == 2


async def test_the_same_addition_sent_twice_is_one(visitor: Visitor, owners: Owners) -> None:
    path = await sent(visitor)
    box = Form((await visitor.get(path)).text).values | {"field.content": "Thêm."}
    assert [(await visitor.post(path, box)).status_code for _ in range(2)] == [303, 303]
    (ticket,) = owners.tickets.values()
    assert len(ticket.messages) == 2


async def test_an_addition_survives_silence(visitor: Visitor, owners: Owners) -> None:
    path = await sent(visitor)
    box = Form((await visitor.get(path)).text).values | {"field.content": "Thêm."}
    owners.trouble = ["hang after"]
    page = await visitor.post(path, box)
    assert page.status_code == 503
    again = Form(page.text).values
    assert again["field.content"] == "Thêm."
    assert (await visitor.post(path, again)).status_code == 303
    (ticket,) = owners.tickets.values()
    assert len(ticket.messages) == 2


async def test_an_addition_edited_after_silence_waits_beside_the_one_that_arrived(
    visitor: Visitor, owners: Owners
) -> None:
    path = await sent(visitor)
    box = Form((await visitor.get(path)).text).values | {"field.content": "Bản một."}
    owners.trouble = ["hang after"]
    page = await visitor.post(path, box)
    page = await visitor.post(path, Form(page.text).values | {"field.content": "Bản hai."})
    assert page.status_code == 409
    assert "Bản một." in page.text
    again = Form(page.text).values
    assert again["field.content"] == "Bản hai."
    assert (await visitor.post(path, again)).status_code == 303
    (ticket,) = owners.tickets.values()
    assert [message["content"] for message in ticket.messages[1:]] == ["Bản một.", "Bản hai."]


async def test_an_addition_can_be_typed_while_query_is_away(visitor: Visitor, owners: Owners) -> None:
    path = await sent(visitor)
    box = Form((await visitor.get(path)).text).values | {"field.content": ""}
    owners.away = True
    page = await visitor.post(path, box)
    assert page.status_code == 422
    assert '<a href="#f-content">Xin điền nội dung.</a>' in page.text


async def test_an_addition_without_its_token_comes_back_whole(visitor: Visitor, owners: Owners) -> None:
    path = await sent(visitor)
    box = Form((await visitor.get(path)).text).values | {"field.content": "Thêm."}
    visitor.client.cookies.clear()
    page = await visitor.post(path, box)
    assert (page.status_code, Form(page.text).values["field.content"]) == (403, "Thêm.")
    (ticket,) = owners.tickets.values()
    assert len(ticket.messages) == 1


async def test_a_file_is_saved_never_shown(visitor: Visitor, owners: Owners) -> None:
    path = await sent(visitor, ("anh.txt", b"<script>1</script>"))
    (file_id,) = owners.files
    file = await visitor.get(f"{path}/files/{file_id}")
    assert file.content == b"<script>1</script>"
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("file", ["3b241101-e2bb-4255-8caf-4136c566a962", "none", "%2e%2e"])
async def test_a_file_that_is_none_says_so(visitor: Visitor, file: str) -> None:
    assert (await visitor.get(f"{await sent(visitor)}/files/{file}")).status_code == 404


async def test_somebody_else_s_link_opens_nothing(visitor: Visitor) -> None:
    path = await sent(visitor)
    forged = path[:-1] + ("B" if path[-1] == "A" else "A")
    page = await visitor.get(forged[:-5] + "BBBBB")
    assert page.status_code == 404
    assert TYPED["field.name"] not in page.text


async def test_a_page_of_a_ticket_while_query_is_away_is_in_words(visitor: Visitor, owners: Owners) -> None:
    path = await sent(visitor)
    visitor.client.cookies.clear()
    owners.away = True
    page = await visitor.get(path)
    assert page.status_code == 503
    assert "Không có gì bị mất" in page.text


async def test_an_erased_ticket_says_so_and_takes_nothing(visitor: Visitor, owners: Owners) -> None:
    path = await sent(visitor)
    (ticket,) = owners.tickets.values()
    ticket.erased = True
    page = (await visitor.get(path)).text
    assert "Phiếu này đã được xoá" in page
    assert "<form" not in page
    assert TYPED["field.name"] not in page
