"""Plain TCP on the loopback: a listener that misbehaves, and a relay that counts turns."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def listening(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """Give each connection to `handle`, in a thread of its own; yields the port."""
    door = socket.create_server(("127.0.0.1", 0))
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


def _quietly(handle: Callable[[socket.socket], None], connection: socket.socket) -> None:
    with suppress(OSError, ValueError):  # a socket that was closed at the end of the test has no descriptor
        handle(connection)


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
