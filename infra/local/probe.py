"""Real questions to a part that is starting: an open port says nothing yet."""

from __future__ import annotations

import http.client
import socket
import struct
import urllib.request

import psycopg

from infra.local.faults import LocalError

FIND_COORDINATOR, VERSION, CORRELATION = 10, 0, 7
SECONDS = 2.0
# What runs on this machine is not reached through the machine's proxy.
LOOPBACK = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _text(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def _exactly(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionResetError
        received += part
    return received


def coordinates(host: str, port: int) -> bool:
    """Whether this broker can name the coordinator of a consumer group: metadata and group storage are there."""
    question = struct.pack(">hhi", FIND_COORDINATOR, VERSION, CORRELATION) + _text("phieu-probe") + _text("phieu-probe")
    try:
        with socket.create_connection((host, port), SECONDS) as connection:
            connection.sendall(struct.pack(">i", len(question)) + question)
            (size,) = struct.unpack(">i", _exactly(connection, 4))
            correlation, error = struct.unpack(">ih", _exactly(connection, size)[:6])
    except OSError:
        return False
    return bool(correlation == CORRELATION and error == 0)


def some_broker_answers(addresses: str) -> bool:
    """Whether at least one broker of a list answers: a client needs no more to find the others."""
    return any(coordinates(*one) for one in endpoints(addresses))


def endpoints(addresses: str) -> list[tuple[str, int]]:
    """Host and port of each broker of a list."""
    return [_endpoint(address.strip()) for address in addresses.split(",")]


def _endpoint(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise LocalError(f"'{address}' is no address of a broker: write host:port, several with commas between them.")
    return host.strip("[]"), int(port)


def is_ready(url: str) -> bool:
    """Whether a service says of itself that it is ready."""
    try:
        with LOOPBACK.open(f"{url}/readyz", timeout=SECONDS) as answer:
            return bool(answer.status < 300)
    except (OSError, http.client.HTTPException):
        return False


def answers(dsn: str) -> bool:
    """Whether a database answers a query."""
    try:
        with psycopg.connect(dsn, connect_timeout=int(SECONDS)) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False
