"""Rows 1 to 3: what the door accepts, what the whole path sustains, and how soon a ticket is visible."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from statistics import median
from typing import Any, NamedTuple
from uuid import uuid4

import httpx

from tests.bench.load import FIELDS
from tests.bench.table import Row
from tests.bench.yard import BRAND, DOOR, Yard, load

ROUNDS = 3
SECONDS = 6.0
SUSTAINED_SECONDS = 30.0
PROBE_SECONDS = 10.0
TRIES = 3
BACKED_OFF = 0.85
TOPIC = f"ticket-events.{BRAND}"
ACCEPTED = f"""
SELECT (SELECT coalesce(sum(next_offset), 0) FROM published WHERE topic = '{TOPIC}') + (SELECT count(*) FROM outbox)
"""
VISIBLE = f"SELECT sum(next_offset) FROM checkpoint WHERE topic = '{TOPIC}'"


class Reference(NamedTuple):
    """What the reference did in this call."""

    per_second: float
    p50_ms: float
    p99_ms: float


def accepted(yard: Yard) -> tuple[Row, Reference]:
    """The door against the reference, in turn; the readers of the log rest meanwhile."""
    ours, theirs = [], []
    yard.stop("query", "web")
    with yard.reference() as reference:
        for _ in range(ROUNDS):
            ours.append(load(yard.port("intake"), DOOR, seconds=SECONDS))
            theirs.append(load(reference.port, "/tickets", seconds=SECONDS))
    yard.start("query", "web")
    rate, p99 = _median(ours, "per_second"), _median(ours, "p99_ms")
    found = Reference(*(_median(theirs, name) for name in Reference._fields))
    row = Row(
        name="accepted tickets/s, durable, 64 connections",
        measured=f"{rate:.0f}/s, p50 {_median(ours, 'p50_ms'):.0f} ms, p99 {p99:.0f} ms",
        reference=f"{found.per_second:.0f}/s, p50 {found.p50_ms:.0f} ms, p99 {found.p99_ms:.0f} ms",
        ratio=rate / found.per_second,
        goal="3.5; p99 at most the reference's p50",
        reached=rate >= 3.5 * found.per_second and p99 <= found.p50_ms,
        details={"ours": ours, "reference": theirs},
    )
    return row, found


def _median(runs: list[dict[str, Any]], name: str) -> float:
    return median(float(run[name]) for run in runs)


class Watched(NamedTuple):
    """A run through the whole path: events that became visible a second, and the lag at its thirds."""

    per_second: float
    lag_early: float
    lag_late: float

    @property
    def grows(self) -> bool:
        """Whether the reader fell behind by more than a quarter of a second's events during the run."""
        return self.lag_late > self.lag_early + self.per_second / 4


def sustained(yard: Yard, reference: Reference) -> tuple[Row, float]:
    """The highest rate tried at which the lag does not grow; closed loop first, then held back."""
    rate, runs = 0.0, []
    for _ in range(TRIES):
        _caught_up(yard)
        runs.append(_watched(yard, rate))
        if not runs[-1].grows:
            break
        rate = runs[-1].per_second * BACKED_OFF
    last = runs[-1]
    row = Row(
        name="sustained through relay, broker and projection for 30 s",
        measured=f"{last.per_second:.0f}/s, lag {last.lag_early:.0f} to {last.lag_late:.0f} events",
        reference=f"{reference.per_second:.0f}/s",
        ratio=last.per_second / reference.per_second,
        goal="2; lag not growing",
        reached=last.per_second >= 2 * reference.per_second and not last.grows,
        details={"runs": [run._asdict() for run in runs]},
    )
    return row, last.per_second


def _caught_up(yard: Yard) -> None:
    deadline = time.monotonic() + 120
    while yard.number("intake", ACCEPTED) > yard.number("query", VISIBLE):
        if time.monotonic() > deadline:
            raise SystemExit("query does not catch up with the log.")
        time.sleep(0.5)


def _watched(yard: Yard, rate: float) -> Watched:
    lags: list[int] = []
    before = yard.number("query", VISIBLE)
    began = time.monotonic()

    def look() -> None:
        accepted = yard.number("intake", ACCEPTED)
        lags.append(max(0, accepted - yard.number("query", VISIBLE)))

    meanwhile(look, lambda: load(yard.port("intake"), DOOR, seconds=SUSTAINED_SECONDS, rate=rate))
    seen = yard.number("query", VISIBLE) - before
    third = max(1, len(lags) // 3)
    return Watched(seen / (time.monotonic() - began), median(lags[1 : third + 1]), median(lags[-third:]))


def meanwhile(
    look: Callable[[], None], run: Callable[[], object], *, pause_seconds: float = 1.0, first_seconds: float = 1.0
) -> None:
    """Look after each pause while it runs; what ends the one or the other badly ends both."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(run)
        wait([running], timeout=first_seconds)
        while not running.done():
            look()
            wait([running], timeout=pause_seconds)
        running.result()


def visible(yard: Yard, rate: float, reference: Reference) -> Row:
    """From the door's answer until a read that waits for it answers, at half of what is sustained."""
    _caught_up(yard)
    took: list[float] = []
    with httpx.Client(timeout=10, trust_env=False) as client:
        meanwhile(
            lambda: took.append(_seen_after(client, yard)),
            lambda: load(yard.port("intake"), DOOR, seconds=PROBE_SECONDS, rate=rate / 2),
            pause_seconds=0.0,
        )
    took.sort()
    p50, p99 = (took[int(len(took) * share)] * 1000 for share in (0.5, 0.99))
    return Row(
        name="accepted to visible at half of that",
        measured=f"p50 {p50:.0f} ms, p99 {p99:.0f} ms ({len(took)} tickets)",
        reference=f"p99 {reference.p99_ms:.0f} ms",
        ratio=p99 / reference.p99_ms,
        goal="under 100 ms on a quiet machine",
        details={"rate": rate / 2, "seconds": took},
    )


def _seen_after(client: httpx.Client, yard: Yard) -> float:
    body = {"form": "support_form", "fields": FIELDS}
    sent = client.post(f"{yard.stack.url('intake')}{DOOR}", json=body, headers={"Idempotency-Key": str(uuid4())})
    accepted, ticket = time.perf_counter(), sent.json()
    bearer = f"Bearer {ticket['link'].rpartition('/')[2]}"
    headers = {"Authorization": bearer, "Phieu-After": ticket["read_token"]}
    shown = client.get(f"{yard.stack.url('query')}/v1/query/my/ticket", headers=headers)
    if shown.status_code != 200 or shown.json().get("stale"):
        raise SystemExit(f"A ticket that was accepted is not shown: {shown.status_code}.")
    return time.perf_counter() - accepted
