"""HTTPS to pinned devices: one total time, no environment, no redirects, every exception named."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import requests
import urllib3

from remediate.drivers import pins
from remediate.drivers.credentials import Gate
from remediate.drivers.http import MAX_BYTES, Https, refused
from remediate.drivers.http_errors import FOREIGN, device_error
from remediate.errors import (
    AuthenticationFailed,
    DeviceError,
    DeviceTimeout,
    IdentityNotTrusted,
    UnexpectedReply,
    Unreachable,
)
from remediate.model.inventory import Credentials, Durations, Host, Role, SecretRef
from tests.support.canary import Canary, found
from tests.support.tiny_inventory import Plain
from tests.support.tiny_tls import Identity, identity, server_context, serving

OWN = identity()
QUICK = Durations(connect_timeout=1, command_timeout=1)
LONG = 20
Respond = Callable[[ssl.SSLSocket], None]


def host(*pinned: Identity, **more: Any) -> Host:
    """A host with these pins."""
    given: dict[str, Any] = {
        "name": "tiny",
        "address": "127.0.0.1",
        "fqdn": "tiny.example.test",
        "role": Role.EXPRESSWAY_C,
        "cluster": "c",
        "credentials": Credentials(username="admin", password=SecretRef(source="env", name="X")),
        "tls_certificates": tuple(one.encoded for one in pinned),
    }
    return Host(**(given | more))


def session(device: Host, port: int) -> Https:
    """A session with it."""
    return Https(device, Gate(lambda _: Plain("sécret")), QUICK, port)


def whole_request(connection: ssl.SSLSocket) -> bytes:
    """Head and body; a form ends with its last boundary."""
    data = connection.recv(65_536)
    while data and not (data.endswith(b"\r\n\r\n") if data.startswith(b"GET") else data.endswith(b"--\r\n")):
        data += connection.recv(65_536)
    return data


def reply(body: bytes = b"fine", status: str = "200 OK", headers: str = "") -> tuple[Respond, list[bytes]]:
    """A server that gives one answer per connection, and what it was asked."""
    seen: list[bytes] = []

    def respond(connection: ssl.SSLSocket) -> None:
        seen.append(whole_request(connection))
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)

    return respond, seen


def fetched(respond: Respond, device: Host | None = None, *served: Identity) -> bytes:
    """The body of one GET."""
    context = server_context(*(served or (OWN,)))
    with serving(context, respond) as port, closing(session(device or host(OWN), port)) as one:
        return one.get("/x").body


def test_pinned_certificate() -> None:
    """The pin vouches for the server: neither its name, its dates nor its issuer are asked."""
    expired = identity(name="other.example.test", expired=True)
    respond, seen = reply()
    assert fetched(respond, host(expired), expired) == b"fine"
    assert b"authorization: basic " in seen[0].lower()


def test_other_certificate() -> None:
    """A server with another key gets no HTTP byte."""
    respond, seen = reply()
    with pytest.raises(IdentityNotTrusted):
        fetched(respond, host(identity()))
    assert seen in ([], [b""])


def test_certificate_issued_by_the_pinned_one() -> None:
    """Only the pinned certificate itself is accepted, not what it has signed."""
    context = pins.context_of((OWN.encoded,))
    assert context.pins == {OWN.encoded.sha256}
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context is pins.context_of((OWN.encoded,))


@pytest.mark.parametrize(
    ("status", "headers", "body", "error"),
    [
        ("401 Unauthorized", "", b"", AuthenticationFailed),
        ("302 Found", "Location: http://127.0.0.1/\r\n", b"", UnexpectedReply),
        ("200 OK", "", b"<!DOCTYPE html><p>Login", UnexpectedReply),
        ("200 OK", "Content-Type: application/json\r\n", b"\n <html>", UnexpectedReply),
        ("200 OK", "Content-Encoding: gzip\r\n", b"\x1f\x8b", UnexpectedReply),
    ],
)
def test_answers_that_are_errors(status: str, headers: str, body: bytes, error: type[DeviceError]) -> None:
    """Refused logins, redirects, pages for browsers and compressed bodies are never success."""
    respond, _ = reply(body, status, headers)
    with pytest.raises(error):
        fetched(respond)


def echoed(request: bytes) -> bytes:
    """A page that repeats the request, in markup."""
    return b"<html><script>alert(1)</script><pre>" + request + b"</pre> password: s\xc3\xa9cret</html>"


def test_b136_what_an_error_page_repeats() -> None:
    """An error page that repeats the request tells no password, neither as it is nor in its header."""

    def respond(connection: ssl.SSLSocket) -> None:
        page = echoed(whole_request(connection))
        head = f"HTTP/1.1 500 Internal Server Error\r\nContent-Length: {len(page)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + page)

    with serving(server_context(OWN), respond) as port, closing(session(host(OWN), port)) as s:
        page = s.request("GET", "/x")
    assert b"GET /x" in page.body
    assert found([Canary("admin", "sécret")], page.body) == []
    assert "alert(1)" in refused(host(OWN), page, "GET /x").what
    assert "sécret" not in str(refused(host(OWN), page, "GET /x"))


def test_b137_certificates_called_html() -> None:
    """What a body is, its content says, not its type."""
    pem = OWN.encoded.pem
    respond, _ = reply(pem, headers="Content-Type: text/html; charset=utf-8\r\n")
    assert fetched(respond) == pem


def test_other_statuses_are_answers() -> None:
    """What 404 means is for the caller to say."""
    respond, _ = reply(b"", "404 Not Found")
    with serving(server_context(OWN), respond) as port, closing(session(host(OWN), port)) as s:
        assert s.get("/x").status == 404


def test_csrf_header_on_every_post() -> None:
    """It is asked for on some pages from X14.2 and harmless on the others."""
    respond, seen = reply()
    with serving(server_context(OWN), respond) as port, closing(session(host(OWN), port)) as s:
        s.post("/x", files={"file": ("a.pem", b"PEM", "text/plain")})
    assert b"x-csrf-header: " in seen[0].lower()
    assert b"multipart/form-data; boundary=" in seen[0]


def test_body_cut_short() -> None:
    """Fewer bytes than announced are an error."""

    def respond(connection: ssl.SSLSocket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    with pytest.raises((UnexpectedReply, Unreachable)):
        fetched(respond)


def test_body_without_end() -> None:
    """A body stops at the limit."""

    def respond(connection: ssl.SSLSocket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(MAX_BYTES // 65_536 + 2):
            connection.sendall(b"x" * 65_536)

    with pytest.raises((UnexpectedReply, DeviceTimeout)):
        fetched(respond)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_one_byte_at_a_time(head: bytes) -> None:
    """Bytes that trickle, in head or body, do not extend the total time."""
    stop = threading.Event()

    def respond(connection: ssl.SSLSocket) -> None:
        connection.recv(65_536)
        connection.sendall(head)
        while not stop.wait(0.05):
            connection.sendall(b"x")

    try:
        with pytest.raises(DeviceTimeout):
            fetched(respond)
    finally:
        stop.set()


def test_closed_while_an_answer_is_awaited() -> None:
    """Another thread closes the session: the answer that does not come is given up at once."""
    asked, never = threading.Event(), threading.Event()

    def respond(connection: ssl.SSLSocket) -> None:
        whole_request(connection)
        asked.set()
        never.wait(LONG)

    def close() -> None:
        assert asked.wait(LONG)
        one.close()

    with serving(server_context(OWN), respond) as port:
        patient = Durations(connect_timeout=1, command_timeout=LONG)
        one = Https(host(OWN), Gate(lambda _: Plain("sécret")), patient, port)
        other = threading.Thread(target=close)
        other.start()
        began = time.monotonic()
        with pytest.raises(DeviceError, match="tiny"):
            one.get("/")
        assert time.monotonic() - began < LONG / 2
        other.join()
        never.set()


def test_f05c_closed_on_reuse_after_a_post() -> None:
    """A connection that dies with a POST on it is not used again by itself: the server sees one request."""
    seen: list[bytes] = []

    def respond(connection: ssl.SSLSocket) -> None:
        seen.append(connection.recv(65_536))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        data = connection.recv(65_536)
        if data:
            seen.append(data)

    with serving(server_context(OWN), respond) as port, closing(session(host(OWN), port)) as s:
        s.get("/x")
        with pytest.raises((Unreachable, UnexpectedReply)):
            s.post("/x", files={"file": b"PEM"})
    assert sum(data.startswith(b"POST") for data in seen) == 1


def test_nobody_listens() -> None:
    """A closed port is said to be one, with its address: nobody waits for a timeout that never was."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(Unreachable, match=f"no connection to 127.0.0.1:{port}: Connection refused"):
        session(host(identity()), port).get("/")


def descendants(root: type[BaseException]) -> Iterator[type[BaseException]]:
    """A class and all that inherit from it."""
    yield root
    for child in root.__subclasses__():
        yield from descendants(child)


FAMILIES = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, ssl.SSLError, OSError)
LIBRARIES = ("requests", "urllib3", "http", "ssl", "builtins", "socket")


def known_exceptions() -> list[type[BaseException]]:
    """Every exception class of the libraries below."""
    found = {kind for root in FAMILIES for kind in descendants(root)}
    ours = (kind for kind in found if kind.__module__.split(".")[0] in LIBRARIES)
    return sorted(ours, key=lambda kind: (kind.__module__, kind.__name__))


@pytest.mark.parametrize("kind", known_exceptions(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_foreign_exception_has_a_name_of_ours(kind: type[BaseException]) -> None:
    """Whatever the libraries can raise is caught, and becomes an error that names the host."""
    assert issubclass(kind, FOREIGN)
    error = kind.__new__(kind)
    error.args = ("said",)
    vars(error).update(partial=0, expected=1, length=b"", response=None)
    if isinstance(error, http.client.IncompleteRead) and kind.__module__ == "http.client":
        error.partial = b""
    found = device_error(host(), 443, error)
    assert isinstance(found, DeviceError)
    assert found.host == "tiny"


def test_meaning_of_the_usual_exceptions() -> None:
    """Timeouts, refused connections and wrong certificates are told apart, however deeply they are wrapped."""

    def meaning(inner: BaseException) -> type[DeviceError]:
        outer = requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", Exception()))  # type: ignore[arg-type]
        outer.__cause__ = inner
        return type(device_error(host(), 443, outer))

    assert meaning(ConnectionRefusedError()) is Unreachable
    assert meaning(TimeoutError()) is DeviceTimeout
    assert meaning(urllib3.exceptions.ReadTimeoutError(None, "/", "")) is DeviceTimeout  # type: ignore[arg-type]
    assert meaning(urllib3.exceptions.ConnectTimeoutError()) is DeviceTimeout
    assert meaning(urllib3.exceptions.NewConnectionError(None, "refused")) is Unreachable  # type: ignore[arg-type]
    assert meaning(ssl.SSLCertVerificationError()) is IdentityNotTrusted
