"""Chromium for the tests that need a real browser: found, or installed where that is ours to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache

from infra.local.faults import LocalError, MissingPartError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VERSION_SECONDS, INSTALL_SECONDS = 60, 1200
INSTALL = (
    "Chromium is needed by the tests in a browser: install it (Debian: apt-get install chromium; Ubuntu, where the "
    "package of that name only points to a snap: the .deb of Google Chrome)."
)


def found() -> str | None:
    """The path of a Chromium that runs, if there is one."""
    return next((path for path in map(shutil.which, NAMES) if path and _runs(path)), None)


@cache
def _runs(path: str) -> bool:
    """Whether it says its version: what only points to a snap that is not there does not."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, check=False, timeout=VERSION_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.returncode == 0 and any(character.isdigit() for character in said.stdout.decode(errors="replace"))


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
        try:
            subprocess.run(
                ["apt-get", "-q", *command],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
                timeout=INSTALL_SECONDS,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise MissingPartError(f"{INSTALL}\n{error}\n{str(error.stderr)[-2000:]}") from None
    _runs.cache_clear()


if __name__ == "__main__":
    try:
        print(f"browser: {chromium()}")
    except LocalError as error:
        sys.exit(str(error))
