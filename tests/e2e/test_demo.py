"""The demo, as a newcomer runs it: on the running platform, and where nobody publishes what it waits for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from infra.local.demo import HEARD
from infra.local.folder import HOST, ROOT, Folder, free_port
from infra.local.secret_files import write_secret
from infra.local.stack import Stack

LISTENED = "== What the subscriber heard of this ticket"


def demo(folder: Folder, **env: str) -> subprocess.CompletedProcess[str]:
    """A run, on a machine whose proxy leads nowhere."""
    nowhere = f"http://{HOST}:{free_port(set())}"
    return subprocess.run(
        [sys.executable, "-m", "infra.local.demo"],
        cwd=ROOT,
        env={**os.environ, "PHIEU_DATA": str(folder.path), "http_proxy": nowhere, "HTTP_PROXY": nowhere, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_demo_shows_the_ticket_to_its_customer_a_program_and_a_subscriber(platform: Stack) -> None:
    done = demo(platform.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [line for line in done.stdout.splitlines() if line.startswith("== ")]
    assert "== The timeline, for a program with an API key" in steps
    heard = done.stdout.partition(LISTENED)[2].splitlines()[1:3]
    assert [line.split()[0] for line in heard] == list(HEARD)
    assert f"{platform.public_url}/r/" in done.stdout


def test_a_demo_whose_facts_nobody_hears_fails_and_says_so(platform: Stack, tmp_path: Path) -> None:
    deaf = Folder(path=tmp_path).make()
    known = platform.folder.addresses() | {"KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{free_port(set())}"}
    write_secret(deaf.environment("addresses"), "\n".join(f"export {name}={value}" for name, value in known.items()))
    done = demo(deaf, REGISTRY_ADMIN_KEY_FILE=str(platform.admin_key_file))
    assert done.returncode == 1, done.stdout
    assert "The subscriber ended with 1." in done.stderr
    assert LISTENED not in done.stdout
