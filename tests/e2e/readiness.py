"""Whether every part of the platform does its work, and how it is brought back to that."""

from __future__ import annotations

import time

import httpx
import psycopg

from infra.local.faults import NotReadyError
from infra.local.process import Process
from infra.local.provision import KEYS_READER, KEYS_WRITER
from infra.local.stack import Stack

PATIENCE_SECONDS = 120.0
HEALING_SECONDS = 60.0
ANSWER_SECONDS = 30.0
LOOK_SECONDS = 0.2


def unready(platform: Stack) -> list[str]:
    """What each service that is not ready says of itself, and who died though nobody stopped it."""
    faults = [f"{part.name} died by itself" for part in platform.dead]
    for name in platform.services:
        try:
            answer = httpx.get(f"{platform.url(name)}/readyz", timeout=ANSWER_SECONDS, trust_env=False)
        except httpx.HTTPError as error:
            faults.append(f"{name} does not answer: {type(error).__name__}")
            continue
        faults += [] if answer.status_code == 200 else [f"{name} is not ready: {answer.text}"]
    return faults


def wait_until_ready(platform: Stack) -> None:
    """Wait for every service; say which one is not ready in time."""
    for service in platform.services.values():
        service.wait_until_ready(PATIENCE_SECONDS)


def wait_until_live(platform: Stack, brand: str) -> None:
    """Wait until intake has heard of the brand."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    forms = f"{platform.url('intake')}/v1/intake/{brand}/forms"
    while httpx.get(forms, timeout=ANSWER_SECONDS, trust_env=False).status_code != 200:
        assert time.monotonic() < deadline, f"{brand} is not live"
        time.sleep(LOOK_SECONDS)


def heal(platform: Stack) -> None:
    """Undo whatever a fault left behind: wake, start, let in; what does not come to itself is started anew."""
    for part in platform.parts:
        if part.child:
            part.resume()
    while platform.copies:
        platform.copies.pop().stop()
    for store in (platform.postgres, platform.kafka):
        if store:
            _start(store)
    if platform.postgres:
        let_in(platform.postgres.admin_dsn)
    for service in platform.services.values():
        _start(service)
        try:
            service.wait_until_ready(HEALING_SECONDS)
        except NotReadyError:
            service.kill()
            service.start()
    wait_until_ready(platform)


def let_in(admin_dsn: str, *, is_in: bool = True) -> None:
    """Open the key store for the services, or lock them out of it, those that are inside too."""
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        for role in (KEYS_WRITER, KEYS_READER):
            admin.execute(f"ALTER ROLE {role} {'LOGIN' if is_in else 'NOLOGIN'}".encode())
        if not is_in:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'keys_%'")


def _start(part: Process) -> None:
    if not part.is_alive:
        part.start()
