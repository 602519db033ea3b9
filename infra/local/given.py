"""What is given from outside: the port for people, and the addresses that are used instead of parts of our own."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.faults import LocalError
from infra.local.probe import answers, some_broker_answers
from infra.local.wiring import DSNS, KAFKA

PORT, PUBLIC_PORT = "PHIEU_PORT", 8080


def public_port(given: Mapping[str, str]) -> int:
    """The one port for people."""
    said = given.get(PORT) or str(PUBLIC_PORT)
    if not (said.isdecimal() and 0 < int(said) < 65_536):
        raise LocalError(f"{PORT}={said} is no port: give a number from 1 to 65535.")
    return int(said)


def gives_broker(given: Mapping[str, str]) -> bool:
    """Whether a broker is given."""
    return bool(given.get(KAFKA))


def gives_databases(given: Mapping[str, str]) -> bool:
    """Whether the databases are given: all of them, or none."""
    missing = [name for name in DSNS if not given.get(name)]
    if missing and len(missing) < len(DSNS):
        raise LocalError(f"Give all addresses of the database or none; missing: {', '.join(missing)}.")
    return not missing


def silent_broker(given: Mapping[str, str]) -> str | None:
    """What is wrong with the given broker, if anything."""
    return None if some_broker_answers(given[KAFKA]) else f"No broker answers at {KAFKA}={given[KAFKA]}."


def silent_databases(given: Mapping[str, str]) -> str | None:
    """What is wrong with the given databases, if anything."""
    silent = [name for name in DSNS if not answers(given[name])]
    return f"No database answers at the address in {', '.join(silent)}." if silent else None
