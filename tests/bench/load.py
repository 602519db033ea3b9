"""The load generator: a process of its own that keeps connections busy on the loopback and notes each answer's time.

Python, because a fresh clone has it: raw protocols on uvloop with requests that are nearly ready cost about a tenth of
what the door spends, the same for the reference, and every request can carry a key of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict, dataclass, field
from functools import partial
from time import perf_counter
from typing import cast
from uuid import uuid4

import uvloop

from infra.local.folder import HOST

WARM_SECONDS = 1.0
HEADERS_END = b"\r\n\r\n"
LENGTH = b"content-length: "
CREATED = b"HTTP/1.1 201"
FIELDS = {
    "name": "Nguyễn Thị Mẫu",
    "email": "mau@example.vn",
    "phone": "0912 345 678",
    "organisation": "UBND xã Mẫu",
    "job_title": "Văn thư",
    "content": "Từ sáng nay tôi không mở được văn bản đến. " * 5,
}
BODY = json.dumps({"form": "support_form", "fields": FIELDS}, ensure_ascii=False).encode()


@dataclass(slots=True)
class Run:
    """One run under way: what to send, until when, and what came of it."""

    head: bytes
    tail: bytes
    starts: float
    ends: float
    pause: float
    sent: int = 0
    refused: int = 0
    seconds: list[float] = field(default_factory=list)

    def request(self) -> bytes:
        """The next request; its idempotency key has not been used before."""
        self.sent += 1
        return b"%b%012x%b" % (self.head, self.sent, self.tail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run says: answers in the measured time, their rate, and how long they took."""

    answers: int
    refused: int
    per_second: float
    p50_ms: float
    p99_ms: float


class Caller(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, run: Run, ended: asyncio.Future[None]) -> None:
        self.run = run
        self.ended = ended
        self.got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast("asyncio.Transport", transport)
        self.ask()

    def ask(self) -> None:
        """Send one request, unless the time is over."""
        self.began = perf_counter()
        if self.began >= self.run.ends:
            self.transport.close()
        else:
            self.transport.write(self.run.request())

    def data_received(self, data: bytes) -> None:
        """Note the answer once it is whole."""
        self.got += data
        head, whole, body = self.got.partition(HEADERS_END)
        if not whole or len(body) < int(head.lower().partition(LENGTH)[2].partition(b"\r")[0]):
            return
        self.got = b""
        now = perf_counter()
        if now >= self.run.starts:
            self.run.seconds.append(now - self.began)
            self.run.refused += not head.startswith(CREATED)
        if self.run.pause:
            asyncio.get_running_loop().call_later(max(0.0, self.run.pause - (now - self.began)), self.ask)
        else:
            self.ask()

    def connection_lost(self, _: Exception | None) -> None:
        """The other side may not close before the time is over."""
        if not self.ended.done():
            self.ended.set_result(None)


async def load(port: int, path: str, *, connections: int, seconds: float, rate: float) -> Measured:
    """Keep that many connections busy for so long; with a rate, each waits for its turn before it asks again."""
    key = str(uuid4())[:24]
    head = f"POST {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Type: application/json\r\nIdempotency-Key: {key}"
    tail = b"\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
    now = perf_counter()
    run = Run(
        head.encode(), tail, now + WARM_SECONDS, now + WARM_SECONDS + seconds, connections / rate if rate else 0.0
    )
    running = asyncio.get_running_loop()
    ended = [running.create_future() for _ in range(connections)]
    for one in ended:
        await running.create_connection(partial(Caller, run, one), HOST, port)
    async with asyncio.timeout(WARM_SECONDS + seconds + 30):
        await asyncio.gather(*ended)
    return measured(run, seconds)


def measured(run: Run, seconds: float) -> Measured:
    """The run in numbers."""
    took = sorted(run.seconds)
    p50, p99 = (took[int(len(took) * share)] * 1000 for share in (0.5, 0.99))
    return Measured(answers=len(took), refused=run.refused, per_second=len(took) / seconds, p50_ms=p50, p99_ms=p99)


def main() -> None:
    """Run as a process; prints one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--rate", type=float, default=0.0)
    given = vars(parser.parse_args())
    found = uvloop.run(load(given.pop("port"), given.pop("path"), **given))
    sys.stdout.write(json.dumps(asdict(found)) + "\n")


if __name__ == "__main__":
    main()
