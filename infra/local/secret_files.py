"""Secrets of one data folder: made at the first run, readable by their owner only."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from infra.local.folder import Folder
from infra.local.provision import new_passwords


def write_secret(file: Path, text: str) -> None:
    """Write a file that was never readable by others, whole or not at all."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(f"{text}\n")
    unfinished.rename(file)


def _kept(file: Path, new: str) -> Path:
    if not file.exists():
        write_secret(file, new)
    return file


def master_key_file(folder: Folder) -> Path:
    """The key that wraps every ticket's key: 32 bytes in hexadecimal."""
    return _kept(folder.secrets / "master-key", secrets.token_hex(32))


def web_secret_file(folder: Folder) -> Path:
    """What the pages sign their cookies with."""
    return _kept(folder.secrets / "web-secret", secrets.token_hex(32))


def admin_key_file(folder: Folder) -> Path:
    """The key that may issue API keys."""
    return _kept(folder.secrets / "registry-admin-key", secrets.token_urlsafe(32))


def database_password_file(folder: Folder) -> Path:
    """The password of the database's superuser."""
    return _kept(folder.secrets / "postgres-admin-password", secrets.token_urlsafe(24))


def passwords(folder: Folder) -> dict[str, str]:
    """The password of each database role."""
    file = folder.secrets / "database-passwords.json"
    kept: dict[str, str] = json.loads(_kept(file, json.dumps(new_passwords())).read_text())
    return kept
