"""A supervisor with a real broker and a real database is killed with -9: nothing stays, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import psycopg

from infra.local.wiring import DSNS, KAFKA
from tests.integration.local.toys import Supervisor, all_gone, supervisor

OURS = dict.fromkeys((KAFKA, *DSNS), "")
READY = "Ctrl-C stops everything"


def rows_after_one_more(folder: Path, running: Supervisor) -> object:
    address = next(line.split()[-1] for line in running.said.splitlines() if line.startswith("postgres "))
    password = (folder / "secrets" / "postgres-admin-password").read_text().strip()
    with psycopg.connect(f"postgresql://postgres:{password}@{address}/postgres", autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS lives ()")
        connection.execute("INSERT INTO lives DEFAULT VALUES")
        return connection.execute("SELECT count(*) FROM lives").fetchone()


def test_nothing_is_left_behind_and_the_next_start_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for life in (1, 2):
        with supervisor(folder, env=OURS) as running:
            running.waits_for(READY)
            family = running.family()
            names = {process.name() for process in family.values()}
            assert names == {"java", "postgres"}
            assert rows_after_one_more(folder, running) == (life,)
            running.child.kill()
            assert all_gone(family, seconds=10), names
