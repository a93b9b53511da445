"""Large answers wait for one another; small ones for nobody."""

from __future__ import annotations

import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest

from remediate.drivers import http
from remediate.drivers.credentials import Gate
from remediate.drivers.deadline import Deadline
from remediate.drivers.turns import LARGE, Turns
from remediate.errors import DeviceTimeout
from remediate.model.inventory import Durations
from tests.support.tiny_inventory import Plain
from tests.support.tiny_tls import server_context, serving
from tests.unit.drivers.test_http import LONG, OWN, host, whole_request


def test_large_answer_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the turn is another's a small answer comes and a large one does not; then it comes whole."""
    turns, size = Turns(1), 3 * LARGE
    monkeypatch.setattr(http, "TURNS", turns)
    sent = threading.Semaphore(0)

    def respond(connection: ssl.SSLSocket) -> None:
        body = b"x" * (size if b"/large" in whole_request(connection) else 10)
        sent.release()
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    def read(port: int, path: str) -> int:
        patient = Durations(connect_timeout=LONG, command_timeout=LONG)
        with closing(http.Https(host(OWN), Gate(lambda _: Plain("x")), patient, port)) as one:
            return len(one.get(path).body)

    with serving(server_context(OWN), respond) as port, ThreadPoolExecutor(1) as pool:
        with turns.receiving("another", Deadline(LONG)) as other:
            other(LARGE + 1)
            large = pool.submit(read, port, "/large")
            assert sent.acquire(timeout=LONG)
            assert [read(port, "/small") for _ in range(5)] == [10] * 5
            assert not large.done()
        assert large.result(LONG) == size


def test_turns() -> None:
    """A small answer takes none; a large one takes one until it is there, whatever becomes of it; its wait is not
    counted."""
    turns = Turns(1)
    with turns.receiving("a", Deadline(LONG)) as small:
        small(LARGE)
        with suppress(KeyError), turns.receiving("b", Deadline(LONG)) as large:
            large(LARGE + 1)
            large(LARGE + 2)
            raise KeyError
        deadline = Deadline(LONG)
        with turns.receiving("c", deadline) as large:
            large(LARGE + 1)
            short = Deadline(0.01)
            with (
                turns.receiving("d", short) as other,
                pytest.raises(DeviceTimeout, match="d: a large answer had to wait"),
            ):
                other(LARGE + 1)
        assert deadline.left > LONG - 5
