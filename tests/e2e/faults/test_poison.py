"""Records that no reader can fold: each parks its ticket, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest

from infra.local.stack import Stack
from phieu_schemas.codec import Record
from tests.e2e.faults.conftest import Trial
from tests.e2e.faults.made_up import MadeUp, contents, parked, produce, with_header, with_null_header, without_value
from tests.e2e.faults.watching import until

Spoil = Callable[[Record], Record]


def with_value(value: bytes) -> Spoil:
    """With this value instead."""
    return lambda record: record._replace(value=value)


def without_headers(record: Record) -> Record:
    """With none at all."""
    return record._replace(headers=[])


POISON: dict[str, tuple[Spoil, str]] = {
    "not JSON": (with_value(b"{"), "not-json"),
    "not what the schema says": (with_value(json.dumps({"number": 1}).encode()), "bad-data"),
    "nearly too large": (with_value(b'{"a":"' + b"x" * 900_000 + b'"}'), "bad-data"),
    "null value": (without_value, "null-value"),
    "unknown version": (
        partial(with_header, name="ce_type", value=b"phieu.ticket.received.v99"),
        "unknown-version",
    ),
    "a number that is none": (partial(with_header, name="ce_sequence", value=b"one"), "bad-headers"),
    "a null header": (partial(with_null_header, name="ce_id"), "bad-headers"),
    "a header that is not UTF-8": (partial(with_header, name="ce_subject", value=b"\xff\xfe"), "bad-headers"),
    "no headers": (without_headers, "bad-headers"),
}


@pytest.mark.parametrize("kind", POISON)
async def test_poison_parks_its_ticket_and_nothing_else(platform: Stack, trial: Trial, kind: str) -> None:
    made_up, (spoil, cause) = MadeUp(platform), POISON[kind]
    async with trial.busy(at_least=20):
        await produce(platform, [spoil(made_up.received()), made_up.supplemented(2)])
        await until(lambda: parked(platform, made_up) == [cause, "behind"], "it parks, and what follows it")
        await trial.goes_on()
    assert await trial.verdict() == []


async def test_an_event_that_makes_the_fold_raise_parks_its_ticket_alone(platform: Stack, trial: Trial) -> None:
    made_up = MadeUp(platform)
    async with trial.busy(at_least=20):
        broken = made_up.supplemented(2, message=7)
        await produce(platform, [made_up.received("one"), broken, made_up.supplemented(3, message=3)])
        await until(lambda: parked(platform, made_up) == ["fold-failed", "behind"], "it parks, and what follows it")
        assert contents(platform, made_up) == ["one"]
        await trial.goes_on()
    assert await trial.verdict() == []
