"""API keys for one machine, asked for at a small real server that answers as the registry does."""

from __future__ import annotations

import json
import threading
import urllib.error
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest

from infra.local import api_keys
from infra.local.api_keys import keep_api_keys, key_from, with_missing


class Door(BaseHTTPRequestHandler):
    """Knows `late` from the second time on; never knows `unknown`."""

    asked: list[tuple[str, dict[str, str], dict[str, object]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, dict(self.headers), body))
        is_known = "unknown" not in self.path and not ("late" in self.path and len(self.asked) == 1)
        answer = json.dumps({"key_id": "abc", "key": "phk_abc"} if is_known else {"status": 404}).encode()
        self.send_response(201 if is_known else 404)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the overridden one's
        pass


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address."""
    monkeypatch.setattr(api_keys, "PAUSE_SECONDS", 0.01)
    Door.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def admin_key(tmp_path: Path) -> Path:
    """The file with the key that may issue keys."""
    file = tmp_path / "admin-key"
    file.write_text("secret\n")
    return file


def test_a_key_is_asked_for_with_the_admin_key_and_every_scope(registry: str, admin_key: Path) -> None:
    assert key_from(registry, admin_key, "azdigi") == "phk_abc"
    path, headers, body = Door.asked[0]
    assert path == "/v1/registry/brands/azdigi/api-keys"
    assert headers["Authorization"] == "Bearer secret"
    assert UUID(headers["Idempotency-Key"])
    assert body == {"name": "local", "scopes": ["tickets:write", "tickets:read", "tickets:erase"]}


def test_a_brand_that_is_not_known_yet_is_asked_for_again_under_the_same_key(registry: str, admin_key: Path) -> None:
    assert key_from(registry, admin_key, "late") == "phk_abc"
    assert len(Door.asked) == 2
    assert len({headers["Idempotency-Key"] for _, headers, _ in Door.asked}) == 1


def test_a_brand_that_stays_unknown_is_given_up(
    registry: str, admin_key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "PATIENCE_SECONDS", 0.05)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        key_from(registry, admin_key, "unknown")
    assert len(Door.asked) > 1


def test_only_brands_without_a_key_are_asked_for() -> None:
    asked: list[str] = []

    def ask(brand: str) -> str:
        asked.append(brand)
        return f"phk_{brand}"

    kept = with_missing({"old": "phk_old"}, ["new", "old"], ask, asked.append)
    assert (kept, asked) == ({"old": "phk_old", "new": "phk_new"}, ["new"])


def test_a_brand_without_an_answer_is_said_and_the_others_go_on() -> None:
    said: list[str] = []

    def ask(brand: str) -> str:
        if brand == "silent":
            raise ConnectionRefusedError("nobody there")
        return "phk"

    assert with_missing({}, ["silent", "well"], ask, said.append) == {"well": "phk"}
    assert ["No API key for silent" in line for line in said] == [True]


def test_new_keys_are_kept_beside_the_old_ones_for_the_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "api-keys.json"
    file.write_text('{"old": "phk_old"}')
    keys = keep_api_keys(file, ["old", "new"], lambda brand: f"phk_{brand}", print)
    assert keys == json.loads(file.read_text()) == {"old": "phk_old", "new": "phk_new"}
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_with_every_key_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "api-keys.json"
    file.write_text('{"old": "phk_old"}')
    assert keep_api_keys(file, ["old"], lambda _: "phk_new", print) == {"old": "phk_old"}
    assert file.read_text() == '{"old": "phk_old"}'
