"""Forms and notes are believed only with our own signature."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from services.web.pages.seals import Note, Seals, SecretMissingError, is_from_elsewhere, read_secret

SEALS = Seals(b"0123456789abcdef0123456789abcdef", https=False)
OTHER = Seals(b"another secret, which is as long", https=False)
NOTE = Note(kind="ticket", ticket_id="t-1", accepted_at="2026-11-23T03:05:00+00:00", read_token="intake/1/t-1")


def request(cookie: str = "", **headers: str) -> Request:
    """A request with a cookie and headers."""
    named = {"host": "phieu.example", "cookie": cookie} | {k.replace("_", "-"): v for k, v in headers.items()}
    return Request({"type": "http", "headers": [(k.encode(), v.encode()) for k, v in named.items()]})


def cookie_of(response: Response) -> str:
    """The name and value that a response wants kept."""
    return response.headers["set-cookie"].partition(";")[0]


def test_a_form_of_the_same_session_is_our_own() -> None:
    session = SEALS.new_session()
    assert SEALS.is_own_form(request(f"phieu={session}"), SEALS.token(session))


def test_a_form_of_another_session_is_not() -> None:
    session, stranger = SEALS.new_session(), SEALS.new_session()
    assert not SEALS.is_own_form(request(f"phieu={session}"), SEALS.token(stranger))


@pytest.mark.parametrize("token", ["", "x", "Ế"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    session = SEALS.new_session()
    assert not SEALS.is_own_form(request(f"phieu={session}"), token)


def test_a_token_without_its_session_is_refused() -> None:
    assert not SEALS.is_own_form(request(), SEALS.token(""))


def test_a_token_signed_with_another_secret_is_refused() -> None:
    session = SEALS.new_session()
    assert not SEALS.is_own_form(request(f"phieu={session}"), OTHER.token(session))


def test_a_note_is_read_for_its_own_ticket_only() -> None:
    response = Response()
    SEALS.leave_note(response, NOTE)
    assert SEALS.note_of(request(cookie_of(response)), "t-1") == NOTE
    assert SEALS.note_of(request(cookie_of(response)), "t-2") is None


def test_a_note_that_somebody_else_signed_is_ignored() -> None:
    response = Response()
    OTHER.leave_note(response, NOTE)
    assert SEALS.note_of(request(cookie_of(response)), "t-1") is None


@pytest.mark.parametrize("cookie", ["phieu-note=", "phieu-note=x.y", "phieu-note=e30.e30", "phieu-note=Zg"])
def test_a_note_that_is_none_is_ignored(cookie: str) -> None:
    assert SEALS.note_of(request(cookie), "t-1") is None


def test_over_https_cookies_are_bound_to_the_host() -> None:
    response = Response()
    Seals(b"x" * 32, https=True).keep_session(response, "s")
    kept = response.headers["set-cookie"]
    assert kept.startswith("__Host-phieu=s;")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(kept.split("; "))
    assert "Domain" not in kept


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({"sec_fetch_site": "same-origin"}, False),
        ({"sec_fetch_site": "cross-site"}, True),
        ({"sec_fetch_site": "same-site"}, True),
        ({"origin": "https://phieu.example"}, False),
        ({"origin": "https://hotro.example"}, False),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "null"}, False),
        ({}, False),
    ],
)
def test_another_site_s_form_is_told_from_ours(headers: dict[str, str], elsewhere: bool) -> None:
    assert is_from_elsewhere(request(**headers), "hotro.example") is elsewhere


def test_a_secret_that_is_missing_or_short_stops_the_start(tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("x" * 31)
    for path in (short, tmp_path / "none"):
        with pytest.raises(SecretMissingError, match=path.name):
            read_secret(path)
    short.write_text("x" * 32 + "\n")
    assert read_secret(short) == b"x" * 32
