"""`demo`: the first ticket, played through the API; beside it an outside subscriber hears the facts."""

from __future__ import annotations

import json
import os
import re
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from infra.local.api_keys import keep_api_keys, key_from
from infra.local.faults import LocalError
from infra.local.folder import LOCAL, ROOT, Folder
from infra.local.listening import Subscriber, listening
from infra.local.probe import is_ready
from infra.local.secret_files import admin_key_file
from infra.local.stack import Stack
from infra.local.wiring import KAFKA

BRAND = "congsoxanh"
TICKETS = f"/v1/intake/{BRAND}/tickets"
HEARD = ("phieu.ticket.received.v1", "phieu.ticket.supplemented.v1")
PATIENCE_SECONDS, PAUSE_SECONDS = 60.0, 0.2
REQUEST = {
    "form": "support_form",
    "fields": {
        "name": "Nguyễn Thị Mẫu",
        "email": "mau@example.vn",
        "phone": "0912 345 678",
        "organisation": "UBND xã Mẫu",
        "job_title": "Văn thư",
        "content": "Từ sáng nay tôi không mở được văn bản đến.",
    },
}


def subscriber() -> str:
    """The twenty lines of schemas/README.md: they import aiokafka and the installed phieu-schemas, nothing else."""
    text = (ROOT / "schemas" / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    if found is None:
        raise LocalError("schemas/README.md shows no subscriber any more.")
    return found[1]


def say(title: str, lines: object) -> None:
    """A step, as a person reads it."""
    print(f"\n== {title}")
    for line in lines if isinstance(lines, list) else [json.dumps(lines, indent=2, ensure_ascii=False)]:
        print(line)


def answered(answer: httpx.Response, code: int) -> Any:
    """What was answered, if it is what this step is about."""
    if answer.status_code != code:
        asked = f"{answer.request.method} {answer.request.url.path}"
        raise LocalError(f"{asked} was answered with {answer.status_code} instead of {code}:\n{answer.text}")
    return answer.json()


def awaited(ask: Callable[[], httpx.Response], is_it: Callable[[httpx.Response], bool]) -> httpx.Response:
    """The answer, once it is as it should be; after the patience, the answer as it is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_it(answer := ask()) and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
    return answer


def is_whole(answer: httpx.Response) -> bool:
    """Whether a read shows all that is known to have happened."""
    return answer.status_code == 200 and not answer.json()["stale"]


def play(client: httpx.Client, api_key: str, listener: Subscriber) -> None:
    """Send, send again, fail, add a message with a file, read it back by the link and by a program, and listen."""
    once = {"Idempotency-Key": str(uuid.uuid4())}
    first = client.post(TICKETS, json=REQUEST, headers=once)
    ticket = answered(first, 201)
    say(f"POST {TICKETS}: {first.status_code}", ticket)
    if client.post(TICKETS, json=REQUEST, headers=once).content != first.content:
        raise LocalError("The same request under the same key was answered otherwise.")
    say("The same, sent again: the same answer, byte for byte", ["one ticket"])
    empty = client.post(TICKETS, json={**REQUEST, "fields": {}}, headers={"Idempotency-Key": str(uuid.uuid4())})
    say("An empty form: 422, in both languages", answered(empty, 422)["errors"][:2])
    link = {"Authorization": f"Bearer {ticket['link'].rsplit('/', 1)[1]}"}
    added = _add(client, ticket["ticket_id"], link)
    say("A further message, with a file", added)
    after = {"Phieu-After": added["read_token"]}
    mine = awaited(partial(client.get, "/v1/query/my/ticket", headers={**link, **after}), is_whole)
    say("What the private link opens", answered(mine, 200))
    program = {"Authorization": f"Bearer {api_key}", **after}
    timeline = awaited(
        partial(client.get, f"/v1/query/tickets/{ticket['ticket_id']}/timeline", headers=program), is_whole
    )
    say("The timeline, for a program with an API key", answered(timeline, 200))
    heard = listener.hears(ticket["ticket_id"], HEARD)
    say("What the subscriber heard of this ticket (facts only, it holds no key)", heard)
    say("The customer's page", [ticket["link"]])


def _add(client: httpx.Client, ticket_id: str, link: Mapping[str, str]) -> Any:
    headers = {**link, "Idempotency-Key": str(uuid.uuid4())}
    parts: dict[str, tuple[str | None, bytes | str, str]] = {
        "message": (None, json.dumps({"content": "Tôi gửi thêm thông báo lỗi."}), "application/json"),
        "file": ("loi.txt", "Lỗi 0x80004005: không kết nối được máy chủ.".encode(), "text/plain"),
    }
    return answered(client.post(f"/v1/intake/tickets/{ticket_id}/messages", files=parts, headers=headers), 201)


@contextmanager
def platform(folder: Folder) -> Iterator[dict[str, str]]:
    """The addresses of the platform that runs on this folder, or of one of our own for as long as this takes."""
    known = folder.addresses()
    if known and all(is_ready(known[name]) for name in ("REGISTRY_URL", "INTAKE_URL", "QUERY_URL", "WEB_URL")):
        yield known
        return
    print("No platform is running here: starting one for the demo.")
    with folder.held():
        stack = Stack(folder)
        try:
            stack.start(print)
            yield folder.addresses()
        finally:
            stack.stop()


def show(folder: Folder) -> None:
    """Play it on the platform of this folder."""
    with platform(folder) as known, httpx.Client(base_url=known["WEB_URL"], timeout=30, trust_env=False) as client:
        answered_form = awaited(partial(client.get, f"/{BRAND}"), lambda answer: answer.status_code == 200)
        if answered_form.status_code != 200:
            raise LocalError(f"The form of {BRAND} is not served: {answered_form.status_code}.")
        admin_key = Path(os.environ.get("REGISTRY_ADMIN_KEY_FILE") or admin_key_file(folder))
        ask = partial(key_from, known["REGISTRY_URL"], admin_key)
        keys = keep_api_keys(folder.api_keys, [BRAND], ask, print)
        if BRAND not in keys:
            raise LocalError("Without an API key no program can read: the demo ends here.")
        with listening(subscriber(), f"ticket-events.{BRAND}", known[KAFKA]) as listener:
            play(client, keys[BRAND], listener)


def main() -> int:
    """Play it; 1 when anything is not as it should be."""
    try:
        show(Folder(path=Path(os.environ.get("PHIEU_DATA") or LOCAL).resolve()))
    except (LocalError, httpx.HTTPError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
