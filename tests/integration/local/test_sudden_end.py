"""The end of a supervisor over real parts, by -9 or by Ctrl-C: nothing stays, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg

from infra.local.folder import ROOT, free_port
from infra.local.process import completed
from infra.local.wiring import DSNS, KAFKA, PROGRAMS
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


def test_ctrl_c_stops_the_whole_platform_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    env = {**OURS, "PHIEU_DATA": str(folder), "PHIEU_PORT": str(free_port(set()))}
    with supervisor(folder, env=env, command=[sys.executable, "-m", "infra.local", "run"]) as running:
        running.waits_for(READY, seconds=200)
        family = running.family()
        assert {process.name() for process in family.values()} >= {"java", "postgres"}
        os.killpg(running.child.pid, signal.SIGINT)
        assert running.ended_with(seconds=100) == 0
        assert all_gone(family)
    stopped = [line.split()[0] for line in running.said.split("stopping")[-1].splitlines() if line.endswith("stopped")]
    assert stopped == [*(program.name for program in PROGRAMS[::-1]), "postgres", "kafka"]
    assert "Traceback" not in running.said


def test_a_preparation_ends_with_the_supervisor_too(tmp_path: Path) -> None:
    """As storage is formatted, a database made, or Maven fetches: programs that run to their end before the start."""
    assert completed(["echo", "made"]).stdout == "made\n"
    waiting = "from infra.local.process import completed; completed(['sleep', '600'])"
    with (tmp_path / "said").open("w") as out:
        parent = subprocess.Popen([sys.executable, "-c", waiting], cwd=ROOT, stdout=out, stderr=out)
    try:
        while not (children := psutil.Process(parent.pid).children()) or children[0].name() != "sleep":
            assert parent.poll() is None, (tmp_path / "said").read_text()
    finally:
        parent.kill()
        parent.wait()
    assert all_gone({str(child.pid): child for child in children})
