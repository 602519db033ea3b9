"""A customer sends the brand's form, and whatever happens nothing typed is lost."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.component.web.owners import Owners
from tests.component.web.running import web_served
from tests.component.web.visitor import TYPED, Form, Visitor


def kept(page: httpx.Response) -> dict[str, str]:
    """What the page still holds of what was typed."""
    return {name: value for name, value in Form(page.text).values.items() if name in TYPED}


async def test_the_list_leads_to_every_brand(visitor: Visitor) -> None:
    page = (await visitor.get("/")).text
    assert 'href="/congsoxanh"' in page
    assert "AZDIGI" in page


async def test_the_page_states_the_form_before_anything_is_typed(visitor: Visitor) -> None:
    page = (await visitor.get("/congsoxanh")).text
    assert page.count("(yêu cầu)</span>") == 5
    assert "dưới 2 MB, loại .pdf, .doc, .docx, .xls, .xlsx, .txt" in page
    assert 'href="mailto:info@congsoxanh.com"' in page
    assert 'href="tel:+84975674781"' in page


async def test_a_brand_without_a_form_says_how_to_reach_it(visitor: Visitor) -> None:
    page = (await visitor.get("/azdigi")).text
    assert "không nhận yêu cầu qua mẫu" in page
    assert "<form" not in page


async def test_a_sent_form_leads_to_its_ticket(visitor: Visitor, owners: Owners) -> None:
    sent = await visitor.post("/congsoxanh", await visitor.fill())
    assert sent.status_code == 303
    page = (await visitor.get(sent.headers["location"])).text
    assert "4821 093 756" in page
    assert f"http://localhost:8080{sent.headers['location']}" in page
    ticket = next(iter(owners.tickets.values()))
    assert ticket.fields == {name.removeprefix("field."): value for name, value in TYPED.items()}


async def test_the_same_sent_twice_is_one_ticket(visitor: Visitor, owners: Owners) -> None:
    filled = await visitor.fill()
    first, second = [await visitor.post("/congsoxanh", filled) for _ in range(2)]
    assert first.headers["location"] == second.headers["location"]
    assert len(owners.tickets) == 1


async def test_what_the_server_finds_wrong_stands_beside_what_was_typed(visitor: Visitor, owners: Owners) -> None:
    page = await visitor.post("/congsoxanh", await visitor.fill(phone="  "))
    assert page.status_code == 422
    assert '<a href="#f-phone">Xin điền “Điện thoại”.</a>' in page.text
    assert page.text.count('aria-invalid="true"') == 1
    assert kept(page) == TYPED | {"field.phone": ""}
    assert owners.tickets == {}


async def test_an_empty_content_is_warned_about_once_and_then_sent(visitor: Visitor, owners: Owners) -> None:
    page = await visitor.post("/congsoxanh", await visitor.fill(content=""))
    assert (page.status_code, len(owners.tickets)) == (422, 0)
    assert "Vẫn gửi khi để trống nội dung</button>" in page.text
    assert (await visitor.post("/congsoxanh", Form(page.text).values)).status_code == 303


@pytest.mark.parametrize("trouble", [["hang before"], ["hang after"], ["503"] * 3])
async def test_a_server_that_does_not_answer_costs_nothing(
    visitor: Visitor, owners: Owners, trouble: list[str]
) -> None:
    owners.trouble = list(trouble)
    page = await visitor.post("/congsoxanh", await visitor.fill())
    assert page.status_code == 503
    assert page.headers["retry-after"] == "5"
    assert "gửi lại cũng không thành hai phiếu" in page.text
    assert kept(page) == TYPED
    assert (await visitor.post("/congsoxanh", Form(page.text).values)).status_code == 303
    assert len(owners.tickets) == 1


async def test_a_blip_is_not_even_noticed(visitor: Visitor, owners: Owners) -> None:
    owners.trouble = ["503"]
    assert (await visitor.post("/congsoxanh", await visitor.fill())).status_code == 303
    assert len(owners.tickets) == 1


async def test_a_text_edited_after_silence_is_neither_lost_nor_doubled(visitor: Visitor, owners: Owners) -> None:
    owners.trouble = ["hang after"]
    page = await visitor.post("/congsoxanh", await visitor.fill())
    edited = Form(page.text).values | {"field.content": "Đã sửa lại."}
    found = await visitor.post("/congsoxanh", edited)
    assert found.status_code == 200
    assert "Lần gửi trước đã tới nơi" in found.text
    assert "4821 093 756" in found.text
    (ticket,) = owners.tickets.values()
    addition = Form(found.text).values
    assert addition["field.content"] == "Đã sửa lại."
    assert (await visitor.post(f"/r/{ticket.token}", addition)).status_code == 303
    assert [message["content"] for message in ticket.messages] == [TYPED["field.content"], "Đã sửa lại."]


async def test_a_text_edited_after_a_first_try_that_never_arrived_is_the_ticket(
    visitor: Visitor, owners: Owners
) -> None:
    owners.trouble = ["hang before"]
    page = await visitor.post("/congsoxanh", await visitor.fill())
    sent = await visitor.post("/congsoxanh", Form(page.text).values | {"field.content": "Đã sửa lại."})
    assert sent.status_code == 303
    (ticket,) = owners.tickets.values()
    assert ticket.fields["content"] == "Đã sửa lại."


async def test_a_form_without_its_token_comes_back_whole(visitor: Visitor, owners: Owners) -> None:
    filled = await visitor.fill()
    visitor.client.cookies.clear()
    page = await visitor.post("/congsoxanh", filled)
    assert (page.status_code, kept(page), owners.tickets) == (403, TYPED, {})
    again = Form(page.text).values
    assert again["key"] == filled["key"]
    assert (await visitor.post("/congsoxanh", again)).status_code == 303


async def test_a_form_from_another_site_is_not_even_read(visitor: Visitor, owners: Owners) -> None:
    page = await visitor.post("/congsoxanh", await visitor.fill(), headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 403
    assert TYPED["field.name"] not in page.text
    assert owners.tickets == {}


async def test_too_many_tries_wait_and_keep_the_text(owners: Owners, tmp_path: Path) -> None:
    async with web_served(owners.url, tmp_path, writes_per_minute=1) as url, Visitor(url) as visitor:
        filled = await visitor.fill()
        assert (await visitor.post("/congsoxanh", filled)).status_code == 303
        page = await visitor.post("/congsoxanh", filled)
        assert (page.status_code, page.headers["retry-after"], kept(page)) == (429, "60", TYPED)


async def test_a_file_goes_along(visitor: Visitor, owners: Owners) -> None:
    sent = await visitor.post("/congsoxanh", await visitor.fill(), file=("lỗi máy chủ.txt", b"500"))
    assert sent.status_code == 303
    assert list(owners.files.values()) == [("lỗi máy chủ.txt", b"500")]


async def test_a_file_that_is_refused_must_be_chosen_again_and_the_page_says_so(visitor: Visitor) -> None:
    page = await visitor.post("/congsoxanh", await visitor.fill(), file=("ảnh.png", b"x"))
    assert page.status_code == 422
    assert '<a href="#f-file">Loại tệp không được nhận.</a>' in page.text
    assert "xin chọn lại “ảnh.png”" in page.text
    assert kept(page) == TYPED


@pytest.mark.parametrize("size", [5, 20])
async def test_a_file_far_too_large_costs_the_text_nothing(visitor: Visitor, owners: Owners, size: int) -> None:
    page = await visitor.post("/congsoxanh", await visitor.fill(), file=("phim.txt", bytes(size << 20)))
    assert page.status_code == 422
    assert "“phim.txt” quá lớn: tập tin phải dưới 2 MB." in page.text
    assert (kept(page), owners.seen) == (TYPED, [])


async def test_a_form_is_read_to_its_bound_and_no_further(owners: Owners, tmp_path: Path) -> None:
    async with web_served(owners.url, tmp_path, upload_bytes=100_000) as url, Visitor(url) as visitor:
        page = await visitor.post("/congsoxanh", await visitor.fill(), file=("phim.txt", bytes(300_000)))
        assert (page.status_code, kept(page), owners.seen) == (422, TYPED, [])
        assert "“phim.txt” quá lớn" in page.text


async def test_text_without_end_is_a_clear_refusal(owners: Owners, tmp_path: Path) -> None:
    async with web_served(owners.url, tmp_path, upload_bytes=100_000) as url, Visitor(url) as visitor:
        page = await visitor.post("/congsoxanh", await visitor.fill(content="x" * 300_000))
        assert (page.status_code, owners.seen) == (400, [])


async def test_ten_thousand_fields_are_a_clear_refusal(visitor: Visitor, owners: Owners) -> None:
    page = await visitor.post("/congsoxanh", {f"field.x{number}": "1" for number in range(10_000)})
    assert page.status_code == 400
    assert "Không đọc được nội dung gửi lên" in page.text
    assert owners.seen == []


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"],
)
async def test_a_body_that_is_no_form_is_a_clear_refusal(visitor: Visitor, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    page = await visitor.client.post("/congsoxanh", content=b"nonsense", headers=headers)
    assert page.status_code == 400


async def test_the_page_is_there_while_intake_is_away(visitor: Visitor, owners: Owners) -> None:
    filled = await visitor.fill()
    owners.away = True
    assert (await visitor.get("/congsoxanh")).status_code == 200
    owners.trouble = ["503"] * 3
    assert kept(await visitor.post("/congsoxanh", filled)) == TYPED


async def test_a_page_that_nobody_knows_yet_keeps_the_text_in_itself(owners: Owners, tmp_path: Path) -> None:
    owners.away = True
    async with web_served(owners.url, tmp_path) as url, Visitor(url) as visitor:
        carried = {"key": "3b241101-e2bb-4255-8caf-4136c566a962", "form": "support_form", "language": "vi"}
        page = await visitor.post("/congsoxanh", TYPED | carried)
        assert (page.status_code, kept(page)) == (503, TYPED)
        owners.away = False
        assert (await visitor.post("/congsoxanh", Form(page.text).values)).status_code == 303
    assert len(owners.tickets) == 1


async def test_markup_is_only_text(visitor: Visitor) -> None:
    page = await visitor.post("/congsoxanh", await visitor.fill(phone="", name='"><script>alert(1)</script>'))
    assert "<script>alert" not in page.text
    assert kept(page)["field.name"] == '"><script>alert(1)</script>'


async def test_an_english_reader_stays_in_english(visitor: Visitor, owners: Owners) -> None:
    filled = await visitor.fill("/congsoxanh?lang=en")
    page = await visitor.post("/congsoxanh", filled | {"field.phone": ""})
    assert "Please fill in “Telephone”." in page.text
    sent = await visitor.post("/congsoxanh", filled)
    assert sent.headers["location"].endswith("?lang=en")
    assert "Your request has arrived" in (await visitor.get(sent.headers["location"])).text
    assert len(owners.tickets) == 1


@pytest.mark.parametrize("path", ["/nobody", "/r/nothing", "/a/b/c", "/favicon.ico", "/static/../app.py"])
async def test_an_address_that_is_none_says_so_in_words(visitor: Visitor, path: str) -> None:
    page = await visitor.get(path)
    assert page.status_code == 404
    if not path.startswith("/static"):
        assert "<h1>" in page.text
