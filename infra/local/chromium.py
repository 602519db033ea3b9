"""Chromium for the tests that need a real browser: found, or installed where that is ours to do."""

from __future__ import annotations

import os
import shutil
import subprocess

from infra.local.faults import MissingPartError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "Chromium is needed by the tests in a browser: install it (Debian, Ubuntu: apt-get install chromium)."


def found() -> str | None:
    """The path of a Chromium, if there is one."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def may_install() -> bool:
    """Whether the package can be installed without asking: Debian's tools, and we are root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def chromium() -> str:
    """The path of a Chromium; installed first on Debian as root."""
    path = found()
    if path is None and may_install():
        _install()
        path = found()
    if path is None:
        raise MissingPartError(INSTALL)
    return path


def _install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", "-q", *command], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MissingPartError(f"{INSTALL}\napt-get said:\n{done.stderr[-2000:]}")
