"""The database of a laptop: a real one, killed, frozen and started again on its own data."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from infra.local.database import Postgres
from infra.local.folder import Folder

PLANTED = b"Pham Thi Ngoc Lan"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server of this file's own: it is killed here."""
    own = Postgres(Folder(path=tmp_path_factory.mktemp("database")))
    own.start()
    yield own
    own.kill()


def asked(server: Postgres, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.admin_dsn, autocommit=True) as connection:
        cursor = connection.execute(question.encode())
        return cursor.fetchall() if cursor.description else []


def files_with(folder: Path, words: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("password_encryption", "scram-sha-256"),
    ],
)
def test_it_is_as_strict_as_in_production(server: Postgres, setting: str, value: str) -> None:
    assert asked(server, f"SHOW {setting}") == [(value,)]


def test_nobody_enters_without_the_password(server: Postgres) -> None:
    wrong = server.admin_dsn.replace(server.password_file.read_text().strip(), "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_what_was_committed_is_there_after_a_kill(server: Postgres) -> None:
    asked(server, "CREATE TABLE kept AS SELECT 7 AS number")
    server.kill()
    server.start()
    assert asked(server, "SELECT number FROM kept") == [(7,)]


def test_a_stop_ends_open_sessions_and_needs_no_force(server: Postgres) -> None:
    session = psycopg.connect(server.admin_dsn, autocommit=True)
    session.execute("SELECT 1")
    ended_by_itself = server.stop()
    server.start()
    assert ended_by_itself
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")
    session.close()


def test_a_note_of_yesterday_that_names_a_stranger_is_no_hindrance(server: Postgres) -> None:
    server.kill()
    note = server.data / "postmaster.pid"
    lines = note.read_text().splitlines()
    note.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    server.start()
    assert server.is_alive


def test_a_start_waits_for_the_server_of_yesterday_that_is_still_closing(server: Postgres) -> None:
    server.pause()
    next_one = Postgres(Folder(path=server.data.parent))
    starting = threading.Thread(target=next_one.start)
    starting.start()
    time.sleep(0.5)
    assert next_one.child is None
    server.resume()
    server.stop()
    starting.join()
    assert asked(next_one, "SELECT 1") == [(1,)]
    next_one.stop()
    server.start()


def test_a_first_start_that_was_cut_off_begins_again(tmp_path: Path) -> None:
    folder = Folder(path=tmp_path).make()
    (folder.path / "postgres.unfinished").mkdir()
    (folder.path / "postgres.unfinished" / "PG_VERSION").write_text("18\n")
    cut_off = Postgres(folder)
    cut_off.start()
    assert asked(cut_off, "SELECT 1") == [(1,)]
    cut_off.kill()


def test_a_frozen_server_is_silent_and_goes_on_later(server: Postgres) -> None:
    server.pause()
    assert not server.is_ready()
    server.resume()
    server.wait_until_ready()


def test_an_erased_text_leaves_every_file_after_vacuum_and_checkpoint(server: Postgres) -> None:
    asked(server, "CREATE TABLE person (name text)")
    asked(server, f"INSERT INTO person VALUES ('{PLANTED.decode()}')")
    asked(server, "CHECKPOINT")
    assert files_with(server.data, PLANTED)
    asked(server, "DELETE FROM person")
    asked(server, "VACUUM FULL person")
    for _ in range(2):
        asked(server, "SELECT pg_switch_wal()")
        asked(server, "CHECKPOINT")
    assert files_with(server.data, PLANTED) == []


def test_a_refused_row_leaves_no_value_in_the_log(server: Postgres) -> None:
    asked(server, "CREATE TABLE strict (name text CHECK (length(name) < 3))")
    with psycopg.connect(server.admin_dsn) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("INSERT INTO strict VALUES (%s)", (PLANTED.decode() + " refused",))
    assert b"violates check constraint" in server.log.read_bytes()
    assert PLANTED + b" refused" not in server.log.read_bytes()
