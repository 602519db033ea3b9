"""Intake and its relay die while customers write: amid a request, before a batch is published, and after."""

from __future__ import annotations

import asyncio

import psycopg

from infra.local.stack import Stack
from tests.e2e.faults.conftest import Trial
from tests.e2e.faults.watching import held, outbox, until, waiting_relay


async def test_intake_killed_amid_requests_loses_and_doubles_nothing(platform: Stack, trial: Trial) -> None:
    intake = platform.services["intake"]
    async with trial.busy(at_least=200):
        for _ in range(3):
            await trial.goes_on()
            intake.kill()
            await asyncio.to_thread(intake.start)
    assert trial.history.interrupted
    assert await trial.verdict() == []


async def test_what_was_accepted_while_the_broker_was_silent_outlives_intake(platform: Stack, trial: Trial) -> None:
    """Killed between commit and relay: the outbox is all that is left of them."""
    assert platform.kafka
    intake = platform.services["intake"]
    async with trial.busy(at_least=200):
        await trial.goes_on()
        platform.kafka.pause()
        await until(lambda: outbox(platform, trial.brand) >= 20, "accepted and not published")
        intake.kill()
        assert outbox(platform, trial.brand) >= 20
        platform.kafka.resume()
        await asyncio.to_thread(intake.start)
    assert trial.history.interrupted
    assert await trial.verdict() == []


async def test_the_relay_cut_off_amid_a_batch_publishes_it_again_under_the_same_ids(
    platform: Stack, trial: Trial
) -> None:
    """The broker has acknowledged the batch; the session that holds the relay's lock ends before its commit."""
    async with trial.busy(at_least=200):
        for _ in range(3):
            await trial.goes_on()
            async with held(platform.values["INTAKE_DSN"], "intake.published"):
                leader = await until(lambda: waiting_relay(platform), "a batch is published and not committed")
                end_session(platform, leader)
    assert await trial.verdict() == []
    assert trial.copies() >= 3


async def test_intake_killed_after_publishing_and_before_its_commit_doubles_nothing(
    platform: Stack, trial: Trial
) -> None:
    intake = platform.services["intake"]
    async with trial.busy(at_least=200):
        for _ in range(2):
            await trial.goes_on()
            async with held(platform.values["INTAKE_DSN"], "intake.published"):
                await until(lambda: waiting_relay(platform), "a batch is published and not committed")
                intake.kill()
            await asyncio.to_thread(intake.start)
    assert await trial.verdict() == []
    assert trial.copies() >= 2


def end_session(platform: Stack, pid: int) -> None:
    """End a session of the database from outside."""
    with psycopg.connect(platform.values["INTAKE_DSN"]) as connection:
        assert connection.execute("SELECT pg_terminate_backend(%s)", (pid,)).fetchone() == (True,)
