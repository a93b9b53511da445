"""An origin on loopback that serves whichever chains it is told to: real TLS, one request after another."""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import threading
from pathlib import Path

ADDRESSES = ("127.0.0.1", "127.0.0.2", "::1")
PATIENCE_S = 5.0
_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
GROUP = b"""-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""
"""RFC 7919: without a group OpenSSL 3 offers no DHE suite, and other servers do."""
_ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"


def context(identities: list[Path], tls: tuple[str, ...], ciphers: str, *, server_preference: bool) -> ssl.SSLContext:
    """A server's settings; each identity is a PEM file of a key, `GROUP` and the chain. Raises ssl.SSLError."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers(ciphers)
    made.minimum_version, made.maximum_version = _VERSIONS[tls[0]], _VERSIONS[tls[-1]]
    made.num_tickets = 0
    if not server_preference:
        made.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    for identity in identities:
        made.load_cert_chain(identity)
        made.load_dh_params(str(identity))
    return made


class Origin:
    """Answers every request with an empty 200, in the settings that `serves` holds at that moment."""

    def __init__(self) -> None:
        self.serves: ssl.SSLContext | None = None
        self._listeners = _listeners()
        self._end, self._ending = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens, on each of `ADDRESSES`."""
        return int(self._listeners[0].getsockname()[1])

    def close(self) -> None:
        """Finish the last request and listen no longer."""
        self._end.close()
        self._thread.join()
        for listener in (*self._listeners, self._ending):
            listener.close()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for waiting in (*self._listeners, self._ending):
                selector.register(waiting, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._ending in ready:
                    return
                for listener in ready:
                    assert isinstance(listener, socket.socket)
                    accepted, _ = listener.accept()
                    with accepted, contextlib.suppress(OSError):  # a client that refuses breaks off: that is the point
                        self._answer(accepted)

    def _answer(self, accepted: socket.socket) -> None:
        accepted.settimeout(PATIENCE_S)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert self.serves is not None, "nobody asks before something is served"
        with self.serves.wrap_socket(accepted, server_side=True) as secured:
            if secured.recv(65536):
                secured.sendall(_ANSWER)


def _listeners() -> list[socket.socket]:
    """One port on every address: the first gives it, and another is tried where it is taken on the rest."""
    while True:
        found = [socket.create_server((ADDRESSES[0], 0))]
        port = found[0].getsockname()[1]
        try:
            for address in ADDRESSES[1:]:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                found.append(socket.create_server((address, port), family=family))
        except OSError as error:
            for listener in found:
                listener.close()
            if "in use" not in str(error):
                raise
            continue
        return found
