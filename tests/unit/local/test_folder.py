"""The data folder: ports that stay, secrets that nobody else reads, and one holder at a time."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from infra.local import secret_files
from infra.local.faults import DataHeldError
from infra.local.folder import HOST, PORTS, Folder, free_port


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A new data folder."""
    return Folder(path=tmp_path / "data").make()


def test_a_port_is_the_same_the_next_time(folder: Folder) -> None:
    assert folder.port("intake") == Folder(path=folder.path).port("intake")


def test_a_port_that_somebody_took_is_chosen_again(folder: Folder) -> None:
    first = folder.port("intake")
    with socket.create_server((HOST, first)):
        second = folder.port("intake")
    assert first != second == folder.port("intake")


def test_two_parts_never_share_a_port(folder: Folder) -> None:
    assert len({folder.port(str(number)) for number in range(50)}) == 50


def test_no_port_is_one_that_outgoing_connections_may_get() -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert max(PORTS) < lowest
    assert free_port(set(PORTS[1:])) == PORTS[0]


def test_secrets_are_for_the_owner_only(folder: Folder) -> None:
    files = [
        secret_files.master_key_file(folder),
        secret_files.web_secret_file(folder),
        secret_files.admin_key_file(folder),
        secret_files.database_password_file(folder),
    ]
    secret_files.passwords(folder)
    assert {path.stat().st_mode & 0o777 for path in folder.secrets.iterdir()} == {0o600}
    assert folder.secrets.stat().st_mode & 0o777 == 0o700
    assert len({file.read_text() for file in files}) == len(files)


def test_secrets_are_made_once(folder: Folder) -> None:
    first = secret_files.master_key_file(folder).read_text(), secret_files.passwords(folder)
    assert (secret_files.master_key_file(folder).read_text(), secret_files.passwords(folder)) == first


def test_the_master_key_is_32_bytes_in_hexadecimal(folder: Folder) -> None:
    assert len(bytes.fromhex(secret_files.master_key_file(folder).read_text().strip())) == 32


def test_a_folder_is_held_by_one_at_a_time(folder: Folder) -> None:
    with folder.held(), pytest.raises(DataHeldError, match="stop it first"), Folder(path=folder.path).held():
        raise AssertionError("two at once")
    with folder.held():
        assert (folder.path / "lock").read_text().isdigit()
