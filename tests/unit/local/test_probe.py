"""Questions to parts that are starting: small real servers that answer as a broker or a service does."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.local.faults import LocalError
from infra.local.folder import free_port
from infra.local.probe import CORRELATION, answers, coordinates, endpoints, is_ready, some_broker_answers


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """The port of a server that gives one answer to whoever comes first."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            connection, _ = door.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield door.getsockname()[1]
        thread.join()


def found_coordinator(*, correlation: int = CORRELATION, error: int = 0) -> bytes:
    body = struct.pack(">ihi", correlation, error, 1)
    return struct.pack(">i", len(body)) + body


@pytest.mark.parametrize(
    ("answer", "is_there"),
    [
        pytest.param(found_coordinator(), True, id="a coordinator"),
        pytest.param(found_coordinator(error=15), False, id="no coordinator yet"),
        pytest.param(found_coordinator(correlation=1), False, id="the answer to another question"),
        pytest.param(found_coordinator()[:7], False, id="half an answer"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_only_a_named_coordinator_counts(answer: bytes, is_there: bool) -> None:
    with answering(answer) as port:
        assert coordinates("127.0.0.1", port) is is_there


@pytest.mark.parametrize(
    ("answer", "is_there"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", False),
        (b"something else\r\n\r\n", False),
        (b"", False),
    ],
)
def test_only_a_service_that_says_so_is_ready(answer: bytes, is_there: bool) -> None:
    with answering(answer) as port:
        assert is_ready(f"http://127.0.0.1:{port}") is is_there


def test_the_proxy_of_the_machine_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port(set())}")
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as port:
        assert is_ready(f"http://127.0.0.1:{port}")


def test_one_broker_of_the_list_is_enough() -> None:
    with answering(found_coordinator()) as port:
        assert some_broker_answers(f"127.0.0.1:{free_port({port})}, 127.0.0.1:{port}")


def test_an_address_is_taken_apart() -> None:
    assert endpoints("broker:9092, [::1]:9093") == [("broker", 9092), ("::1", 9093)]


@pytest.mark.parametrize("addresses", ["broker", "broker:", ":9092", "broker:kafka", "broker:9092,", ""])
def test_an_address_without_host_or_port_is_named(addresses: str) -> None:
    with pytest.raises(LocalError, match="write host:port"):
        endpoints(addresses)


def test_nobody_there_is_no_answer() -> None:
    port = free_port(set())
    assert not coordinates("127.0.0.1", port)
    assert not is_ready(f"http://127.0.0.1:{port}")
    assert not answers(f"postgresql://nobody@127.0.0.1:{port}/nothing")
