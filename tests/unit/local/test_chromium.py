"""Chromium: found on the path, installed where that is ours to do, else said."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.chromium import NAMES, chromium, found
from infra.local.faults import MissingPartError

APT = """#!/bin/sh
echo "$@" >> {said}
[ "$2" = update ] || {{ printf '#!/bin/sh\necho Chromium 140\n' > {browser}; /bin/chmod +x {browser}; }}
"""


def put(folder: Path, name: str, text: str = "#!/bin/sh\necho Chromium 140.0\n") -> Path:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    return folder / name


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the path, empty."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_every_usual_name_is_found(path: Path, name: str) -> None:
    browser = put(path, name)
    assert chromium() == str(browser)


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho 'install the snap'\n", "no program\n"])
def test_what_does_not_say_its_version_is_no_browser(path: Path, text: str) -> None:
    put(path, "chromium-browser", text)
    assert found() is None
    with pytest.raises(MissingPartError, match="only points to a snap"):
        chromium()


def test_one_that_runs_is_found_behind_one_that_does_not(path: Path) -> None:
    put(path, "chromium", "#!/bin/sh\nexit 1\n")
    assert found() is None
    browser = put(path, "google-chrome")
    assert chromium() == str(browser)


def test_without_a_package_tool_the_message_says_what_to_install(path: Path) -> None:
    with pytest.raises(MissingPartError, match="apt-get install chromium"):
        chromium()


def test_an_ordinary_user_is_told_and_nothing_is_installed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(path, "apt-get", APT.format(said=path / "said", browser=path / "chromium"))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(MissingPartError):
        chromium()
    assert not (path / "said").exists()


def test_root_on_debian_gets_it_installed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(path, "apt-get", APT.format(said=path / "said", browser=path / "chromium"))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert chromium() == str(path / "chromium")
    assert (path / "said").read_text().splitlines()[-1].endswith("install -y --no-install-recommends chromium")


def test_an_installation_that_fails_says_why(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(path, "apt-get", "#!/bin/sh\necho 'no network' >&2\nexit 100\n")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(MissingPartError, match="no network"):
        chromium()
