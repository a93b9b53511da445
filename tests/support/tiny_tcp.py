"""Plain TCP on the loopback: a listener that misbehaves, and a relay that counts turns."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def listening(handle: Callable[[socket.socket], None], address: str = "127.0.0.1") -> Iterator[int]:
    """Give each connection to `handle`, in a thread of its own; yields the port."""
    door = socket.create_server((address, 0))
    held: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = door.accept()
                held.append(connection)
                threading.Thread(target=_quietly, args=(handle, connection), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(door.getsockname()[1])
    finally:
        with suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)
        door.close()
        for connection in held:
            connection.close()


def _quietly(handle: Callable[..., None], *connections: socket.socket) -> None:
    with suppress(OSError, ValueError):  # a socket that was closed at the end of the test has no descriptor
        handle(*connections)


class Relay:
    """Passes bytes on and counts how often the client spoke after it had heard something."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.turns = 0

    def handle(self, client: socket.socket) -> None:
        """One connection."""
        with socket.create_connection(("127.0.0.1", self._port)) as server:
            last = server
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(65_536)
                    if not data:
                        return
                    self.turns += ready is client and last is not client
                    last = ready
                    (server if ready is client else client).sendall(data)


def silent(client: socket.socket) -> None:
    """Accept, and say nothing for as long as the client stays."""
    while client.recv(65_536):
        pass


def relaying(target: tuple[str, int]) -> Callable[[socket.socket], None]:
    """Pass everything on, both ways."""

    def handle(client: socket.socket) -> None:
        with socket.create_connection(target) as server:
            threading.Thread(target=_quietly, args=(_pour, client, server), daemon=True).start()
            _pour(server, client)

    return handle


def dripping(target: tuple[str, int], seconds: float) -> Callable[[socket.socket], None]:
    """A relay that passes on one byte at a time, with a pause before each, of what the server says."""
    pause = threading.Event()

    def handle(client: socket.socket) -> None:
        with socket.create_connection(target) as server:
            threading.Thread(target=_quietly, args=(_pour, client, server), daemon=True).start()
            while byte := server.recv(1):
                pause.wait(seconds)
                client.sendall(byte)

    return handle


def _pour(source: socket.socket, target: socket.socket) -> None:
    while data := source.recv(65_536):
        target.sendall(data)
