"""API keys for working on this machine: one per brand, asked for at the registry once, kept for the owner only."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.local.probe import LOOPBACK
from infra.local.secret_files import write_secret

SCOPES = ("tickets:write", "tickets:read", "tickets:erase")
PATIENCE_SECONDS = 20.0
PAUSE_SECONDS = 0.5
SECONDS = 10.0
NOT_YET = {404, 503}
AWAY = (OSError, http.client.HTTPException, json.JSONDecodeError, KeyError)

Ask = Callable[[str], str]


def key_from(registry_url: str, admin_key_file: Path, brand: str) -> str:
    """A new key for a brand; a brand that the registry does not know yet is waited for."""
    body = json.dumps({"name": "local", "scopes": SCOPES}).encode()
    request = urllib.request.Request(f"{registry_url}/v1/registry/brands/{brand}/api-keys", data=body, method="POST")
    request.add_header("Authorization", f"Bearer {admin_key_file.read_text().strip()}")
    request.add_header("Idempotency-Key", str(uuid.uuid4()))
    request.add_header("Content-Type", "application/json")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with LOOPBACK.open(request, timeout=SECONDS) as answer:
                return str(json.load(answer)["key"])
        except urllib.error.HTTPError as refusal:
            with refusal:
                if refusal.code not in NOT_YET or time.monotonic() > deadline:
                    raise
        time.sleep(PAUSE_SECONDS)


def keep_api_keys(file: Path, brands: Sequence[str], ask: Ask, say: Callable[[str], None]) -> dict[str, str]:
    """The keys of the file, and one for each brand that has none; what is new is kept there."""
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    keys = with_missing(kept, brands, ask, say)
    if keys != kept:
        write_secret(file, json.dumps(keys, indent=2))
    return keys


def with_missing(kept: dict[str, str], brands: Sequence[str], ask: Ask, say: Callable[[str], None]) -> dict[str, str]:
    """The keys, and one for each brand that has none; a brand that gets none is said and left out."""
    keys = dict(kept)
    for brand in brands:
        if brand in keys:
            continue
        try:
            keys[brand] = ask(brand)
        except AWAY as error:
            say(f"No API key for {brand} ({error}); it is asked for again at the next start.")
    return keys
