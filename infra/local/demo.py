"""The first ticket, played through the API; beside it an outside subscriber prints the facts as it gets them."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from infra.local.faults import LocalError
from infra.local.folder import LOCAL, ROOT, Folder
from infra.local.probe import is_ready
from infra.local.stack import Stack
from infra.local.wiring import KAFKA

BRAND = "congsoxanh"
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


@contextmanager
def listening(broker: str) -> Iterator[None]:
    """Run the subscriber apart: isolated from this folder, so that it sees installed packages only."""
    program = subscriber().replace("asyncio.run(main())", f"asyncio.run(main('ticket-events.{BRAND}', '{broker}'))")
    command = [sys.executable, "-I", "-u", "-c", program]
    with subprocess.Popen(command, cwd="/", stdout=subprocess.PIPE, text=True) as process:
        try:
            yield
            time.sleep(3)
        finally:
            process.terminate()
            heard, _ = process.communicate(timeout=10)
    say("What the subscriber heard (facts only, it holds no key)", heard.strip().splitlines()[-8:])


def say(title: str, lines: object) -> None:
    """A step, as a person reads it."""
    print(f"\n== {title}")
    for line in lines if isinstance(lines, list) else [json.dumps(lines, indent=2, ensure_ascii=False)]:
        print(line)


def play(public_url: str, api_key: str | None) -> None:
    """Send, send again, fail, add a message with a file, read it back by the link and by a program."""
    with httpx.Client(base_url=public_url, timeout=20) as client:
        key = {"Idempotency-Key": str(uuid.uuid4())}
        path = f"/v1/intake/{BRAND}/tickets"
        first = client.post(path, json=REQUEST, headers=key)
        ticket = first.json()
        say(f"POST {path}: {first.status_code}", ticket)
        again = client.post(path, json=REQUEST, headers=key)
        say("The same sent twice is one ticket, byte for byte", [str(again.content == first.content)])
        bad = client.post(path, json={**REQUEST, "fields": {}}, headers={"Idempotency-Key": str(uuid.uuid4())})
        say(f"An empty form: {bad.status_code} {bad.headers['content-type']}", bad.json()["errors"][:2])
        link = {"Authorization": f"Bearer {ticket['link'].rsplit('/', 1)[1]}"}
        added = _add(client, ticket["ticket_id"], link)
        say("A further message, with a file", added)
        mine = client.get("/v1/query/my/ticket", headers={**link, "Phieu-After": added["read_token"]})
        say("What the private link opens", mine.json())
        if api_key:
            timeline = client.get(
                f"/v1/query/tickets/{ticket['ticket_id']}/timeline", headers={"Authorization": f"Bearer {api_key}"}
            )
            say("The timeline, for a program with an API key", timeline.json())
        say("The customer's page", [ticket["link"]])


def _add(client: httpx.Client, ticket_id: str, link: dict[str, str]) -> Any:
    headers = {**link, "Idempotency-Key": str(uuid.uuid4())}
    parts: dict[str, tuple[str | None, bytes | str, str]] = {
        "message": (None, json.dumps({"content": "Tôi gửi thêm thông báo lỗi."}), "application/json"),
        "file": ("loi.txt", "Lỗi 0x80004005: không kết nối được máy chủ.".encode(), "text/plain"),
    }
    return client.post(f"/v1/intake/tickets/{ticket_id}/messages", files=parts, headers=headers).json()


def addresses(folder: Folder) -> dict[str, str]:
    """The open addresses of the platform that was last started on this folder."""
    file = folder.environment("addresses")
    lines = file.read_text().splitlines() if file.exists() else []
    return dict(shlex.split(line)[1].split("=", 1) for line in lines)


@contextmanager
def platform(folder: Folder) -> Iterator[dict[str, str]]:
    """The addresses of the platform that runs on this folder, or of one of our own for as long as this takes."""
    known = addresses(folder)
    if known and all(is_ready(known[name]) for name in ("INTAKE_URL", "QUERY_URL", "WEB_URL")):
        yield known
        return
    print("No platform is running here: starting one for the demo.")
    with folder.held():
        stack = Stack(folder)
        try:
            stack.start(print)
            yield addresses(folder)
        finally:
            stack.stop()


def main() -> int:
    """Play it."""
    folder = Folder(path=Path(os.environ.get("PHIEU_DATA", LOCAL)).resolve())
    try:
        with platform(folder) as known:
            keys = json.loads(folder.api_keys.read_text()) if folder.api_keys.exists() else {}
            with listening(known[KAFKA]):
                time.sleep(2)
                play(known["PUBLIC_URL"], keys.get(BRAND))
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
