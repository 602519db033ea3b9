"""What is signed: the token every form carries, and the note that a page leaves for the next one."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

SESSION = re.compile(r"[A-Za-z0-9_-]{22}")
NOTE_SECONDS = 600
LEAST_SECRET = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What was just accepted: shown on the next page even when the record is not there yet."""

    kind: Literal["ticket", "message"]
    ticket_id: str
    accepted_at: str
    read_token: str
    number: str = ""
    brand: str = ""
    brand_name: str = ""
    timezone: str = ""
    twice: bool = False

    @property
    def at(self) -> datetime:
        """When it was accepted."""
        return datetime.fromisoformat(self.accepted_at)


class SecretMissingError(Exception):
    """The file with the secret is absent or holds too little."""


def read_secret(path: Path) -> bytes:
    """The secret that signs forms and cookies."""
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise SecretMissingError(f"{path}: {error.strerror}") from None
    if len(secret) < LEAST_SECRET:
        raise SecretMissingError(f"{path}: needs at least {LEAST_SECRET} characters")
    return secret


class Seals:
    """Signs with one secret; cookies get the strictest name that the public address allows."""

    def __init__(self, secret: bytes, *, https: bool) -> None:
        self.secret = secret
        self.https = https
        self.session_cookie = "__Host-phieu" if https else "phieu"
        self.note_cookie = "__Host-phieu-note" if https else "phieu-note"

    def session_of(self, request: Request) -> str | None:
        """The visitor's session, if it brings one."""
        session = request.cookies.get(self.session_cookie, "")
        return session if SESSION.fullmatch(session) else None

    def new_session(self) -> str:
        """A session for a visitor without one."""
        return secrets.token_urlsafe(16)

    def token(self, session: str) -> str:
        """The token that forms of this session carry."""
        return _text(self._sign("form", session.encode()))

    def is_own_form(self, request: Request, token: str) -> bool:
        """Whether a posted form was rendered for the session that posts it."""
        session = self.session_of(request)
        return session is not None and hmac.compare_digest(self.token(session).encode(), token.encode())

    def keep_session(self, response: Response, session: str) -> None:
        """Let the visitor keep its session while the browser is open."""
        self._set(response, self.session_cookie, session, None)

    def leave_note(self, response: Response, note: Note) -> None:
        """Leave a note for the next page."""
        payload = json.dumps(asdict(note)).encode()
        signed = f"{_text(payload)}.{_text(self._sign('note', payload))}"
        self._set(response, self.note_cookie, signed, NOTE_SECONDS)

    def note_of(self, request: Request, ticket_id: object) -> Note | None:
        """The note about this ticket, if one was left here."""
        payload = self._opened(request.cookies.get(self.note_cookie, ""))
        if payload is None or payload.get("ticket_id") != str(ticket_id):
            return None
        try:
            return Note(**payload)
        except TypeError:
            return None

    def drop_note(self, response: Response) -> None:
        """Forget the note: the record has caught up."""
        self._set(response, self.note_cookie, "", 0)

    def _opened(self, cookie: str) -> dict[str, Any] | None:
        body, _, signature = cookie.partition(".")
        try:
            payload = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        except (binascii.Error, ValueError):
            return None
        if not hmac.compare_digest(_text(self._sign("note", payload)).encode(), signature.encode()):
            return None
        opened: dict[str, Any] = json.loads(payload)
        return opened

    def _sign(self, purpose: str, payload: bytes) -> bytes:
        return hmac.digest(self.secret, purpose.encode() + b"\0" + payload, "sha256")

    def _set(self, response: Response, name: str, value: str, seconds: int | None) -> None:
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self.https, httponly=True, samesite="lax")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def is_from_elsewhere(request: Request, public_host: str) -> bool:
    """Whether the browser says that another site made this request; pages without referrer send Origin null."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin", "null")
    return origin != "null" and origin.partition("://")[2] not in {request.headers.get("host"), public_host}
