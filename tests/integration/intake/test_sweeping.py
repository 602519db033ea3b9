"""What no erasure reaches is swept: files of requests that never were, keys that a restored store brought back."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg

from tests.integration.intake.running import Intake, eventually
from tests.integration.intake.test_erasure import keys_of
from tests.integration.intake.test_messages import TEXT, write_with_file
from tests.integration.intake.test_policy_changes import request


def aged(path: Path, hours: float) -> None:
    """From now on the file seems to have lain there for so long."""
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


@contextmanager
def no_commits(intake: Intake) -> Iterator[None]:
    """Whoever wants to remember an answer waits."""
    with psycopg.connect(intake.stack.values["INTAKE_DSN"]) as connection:
        connection.execute("LOCK TABLE idempotency IN SHARE MODE")
        yield


def send_in_vain(intake: Intake) -> None:
    """Send a request with a file, to a door that dies meanwhile."""
    try:
        request(intake, intake.brand, uuid.uuid4())
    except httpx.TransportError:
        return
    raise AssertionError("it was answered")


def test_a_file_whose_request_never_was_is_swept_and_no_other(intake: Intake) -> None:
    ticket = intake.sent()
    write_with_file(intake, ticket, TEXT, "a.txt")
    (kept,) = intake.objects(ticket["ticket_id"])
    before = set(intake.objects())
    sending = threading.Thread(target=send_in_vain, args=(intake,))
    with no_commits(intake):
        sending.start()
        eventually(lambda: set(intake.objects()) - before)
        intake.process.kill()
        sending.join()
    (stray,) = set(intake.objects()) - before
    young = stray.with_name(str(uuid.uuid4()))
    strange = intake.stack.folder.attachments / "a-brand-of-another-cell" / str(uuid.uuid4()) / str(uuid.uuid4())
    strange.parent.mkdir(parents=True)
    for made in (young, strange):
        made.write_bytes(stray.read_bytes())
    for path, hours in ((kept, 100), (strange, 100), (stray, 30), (young, 20)):
        aged(path, hours)
    intake.process.start()
    eventually(lambda: not stray.exists())
    assert [path.exists() for path in (kept, strange, young)] == [True, True, True]
    young.unlink()
    strange.unlink()


def test_keys_that_a_restored_store_brings_back_are_destroyed_again(intake: Intake) -> None:
    erased, other = intake.sent(), intake.sent()
    (key_id,) = intake.rows("SELECT key_id FROM ticket WHERE ticket_id = %s", erased["ticket_id"])[0]
    with psycopg.connect(intake.stack.values["KEYS_DSN"], autocommit=True) as store:
        (backup,) = store.execute("SELECT wrapped FROM key WHERE key_id = %s", (key_id,)).fetchone() or (None,)
        assert intake.erase(ticket_id=erased["ticket_id"]).status_code == 200
        store.execute("UPDATE key SET wrapped = %s, deleted_at = NULL WHERE key_id = %s", (backup, key_id))
    assert keys_of(intake, erased, other) == [True, True]
    intake.process.stop()
    intake.process.start()
    eventually(lambda: keys_of(intake, erased, other) == [False, True])
