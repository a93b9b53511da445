"""The one door to requests: HTTPS to a device whose certificate the inventory pins."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from remediate.drivers import wire_log
from remediate.drivers.credentials import Gate
from remediate.drivers.deadline import Deadline
from remediate.drivers.fingerprints import fingerprint_of, way_to_trust
from remediate.drivers.handshake import leaf_of
from remediate.drivers.http_errors import FOREIGN, device_error, untrusted
from remediate.drivers.pins import Exchange, PinnedContext, context_of, within
from remediate.drivers.turns import TURNS
from remediate.errors import AuthenticationFailed, DeviceError, IdentityNotTrusted, Refused, UnexpectedReply
from remediate.model.certificate import EncodedCertificate
from remediate.model.inventory import Durations, Host

MAX_BYTES = 8_000_000
"""Of one answer. AXL gives no larger one."""
CHUNK = 65_536
MOST_WORDS = 65_536
"""Bytes of an error page that are looked at. A SOAP fault has a few hundred."""
UNAUTHORIZED = 401
SHOWS = "it shows the certificate with SHA-256"
BUSY = frozenset({429, 502, 503, 504})
"""Statuses that say `not now`: a read may be asked again, a write is never sent again."""
PAUSES = (0.5, 1.0, 2.0)
"""Seconds before each further try of a read."""


class PinnedAdapter(HTTPAdapter):
    """No retry, no environment, no other trust than the context's."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(max_retries=0)

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: bool | str,
        cert: Any = None,
    ) -> Any:
        """The pool of this host with our context."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self._context, "cert_reqs": "CERT_REQUIRED", "assert_hostname": False}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add: the context holds all that is trusted."""


@dataclass(frozen=True)
class Page:
    """An answer: status, headers with lower-case names, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def looks_like_html(self) -> bool:
        """By content: types are not to be relied upon."""
        start = self.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:100].lower()
        return start.startswith((b"<!doctype html", b"<html"))


class Https:
    """A session with one device's HTTPS port, opened at the first request."""

    def __init__(self, host: Host, gate: Gate, waits: Durations, port: int) -> None:
        self._host, self._gate, self._waits, self._port = host, gate, waits, port
        self._session: requests.Session | None = None
        self._pinned: PinnedContext | None = None
        self._exchange: Exchange | None = None
        self._closed = threading.Event()

    @property
    def base(self) -> str:
        """`https://ADDRESS:PORT`."""
        address = f"[{self._host.address}]" if ":" in self._host.address else self._host.address
        return f"https://{address}:{self._port}"

    def get(self, path: str, *, login: bool = True) -> Page:
        """GET `path`. Raises `DeviceError`; 401 as `AuthenticationFailed`, HTML as `UnexpectedReply`."""
        return self.patiently("GET", path, BUSY | {500}, login=login)

    def post(self, path: str, *, files: Mapping[str, Any]) -> Page:
        """POST a form with files, once."""
        return self.request("POST", path, files=files)

    def patiently(self, verb: str, path: str, busy: frozenset[int], **more: Any) -> Page:
        """A request that changes nothing: asked again after a pause while the answer is one of `busy`."""
        deadline = Deadline(self._waits.command_timeout)
        page = self.request(verb, path, **more)
        for pause in PAUSES:
            if page.status not in busy or pause > deadline.left or self._closed.wait(pause):
                break
            page = self.request(verb, path, **more)
        return page

    def request(self, verb: str, path: str, *, login: bool = True, **more: Any) -> Page:
        """One request, once, within `command_timeout`; redirects are not followed."""
        headers = {"X-CSRF-Header": "remediate"} if verb == "POST" else {}
        wire_log.sent(self._host.name, f"{verb} {path.partition('?')[0]}")
        with self.errors(), self._login(login) as pair:
            answer = self.session().request(
                verb,
                self.base + path,
                auth=pair,
                headers=headers | more.pop("headers", {}),
                stream=True,
                allow_redirects=False,
                timeout=(self._waits.connect_timeout, self._waits.command_timeout),
                **more,
            )
            wire_log.came(self._host.name, f"{answer.status_code} {answer.reason}")
            return self._judged(Page(answer.status_code, _lowered(answer.headers), self._body(answer)))

    def stream(self, verb: str, path: str, take: Callable[[bytes], object], seconds: int, **more: Any) -> int:
        """One request whose answer may be of any size: `take` gets its pieces where the status is 200. The status.

        Raises `DeviceError`; 401 as `AuthenticationFailed`.
        """
        headers = {"X-CSRF-Header": "remediate"} if verb == "POST" else {}
        with self.errors(seconds), self._login(True) as pair:
            answer = self.session().request(
                verb,
                self.base + path,
                auth=pair,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(self._waits.connect_timeout, self._waits.command_timeout),
                **more,
            )
            if answer.status_code != 200:
                self._judged(Page(answer.status_code, _lowered(answer.headers), self._body(answer)))
                return answer.status_code
            for chunk in iter(lambda: answer.raw.read(CHUNK, decode_content=False), b""):
                take(chunk)
            return 200

    def session(self) -> requests.Session:
        """The session beneath, for a library that wants one. Raises `IdentityNotTrusted`."""
        if self._session is None:
            self._closed.clear()
            self._session = requests.Session()
            self._session.trust_env = False
            self._session.headers["Accept-Encoding"] = "identity"
            self._session.mount("https://", PinnedAdapter(self._context()))
            self._session.adapters.pop("http://")
        return self._session

    def close(self) -> None:
        """Close connections. From another thread it ends the answer that is awaited."""
        self._closed.set()
        if (exchange := self._exchange) is not None:
            exchange.end()
        session, self._session = self._session, None
        if session is not None:
            session.close()

    @contextmanager
    def errors(self, seconds: int = 0) -> Iterator[None]:
        """One exchange: within the total time (`command_timeout`, or `seconds`), and foreign exceptions as ours."""
        with within(seconds or self._waits.command_timeout) as exchange:
            self._exchange = exchange
            try:
                yield
            except FOREIGN as error:
                raise self._named(device_error(self._host, self._port, error)) from error
            finally:
                self._exchange = None

    def _named(self, error: DeviceError) -> DeviceError:
        """A certificate that is not pinned, by its fingerprint, which OpenSSL's words lack."""
        if not isinstance(error, IdentityNotTrusted) or SHOWS in error.what:
            return error
        try:
            leaf = leaf_of(self._host, self._port, self._waits.connect_timeout)
        except DeviceError:
            return error
        pinned = {*self._host.tls_sha256, *(c.sha256 for c in self._host.tls_certificates)}
        return error if leaf.sha256 in pinned else untrusted(self._host, self._port, _shows(leaf))

    @contextmanager
    def _login(self, wanted: bool) -> Iterator[HTTPBasicAuth | None]:
        if not wanted:
            yield None
            return
        self._context()
        with self._gate.password(self._host) as (username, password):
            yield HTTPBasicAuth(username.encode(), password.encode())

    def _context(self) -> PinnedContext:
        self._pinned = self._pinned or self._vouched()
        return self._pinned

    def _vouched(self) -> PinnedContext:
        host = self._host
        if host.tls_certificates:
            return context_of(host.tls_certificates)
        leaf = leaf_of(host, self._port, self._waits.connect_timeout)
        if not host.tls_sha256:
            what = f"no HTTPS certificate is pinned; nothing was sent; {_shows(leaf)}"
            raise IdentityNotTrusted(host.name, what, way_to_trust(host.name))
        if leaf.sha256 not in host.tls_sha256:
            raise untrusted(host, self._port, _shows(leaf))
        return context_of((leaf,))

    def _body(self, answer: requests.Response) -> bytes:
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise UnexpectedReply(self._host.name, "a compressed answer that was not asked for")
        body = bytearray()
        deadline = self._exchange.deadline if self._exchange is not None else Deadline(self._waits.command_timeout)
        with TURNS.receiving(self._host.name, deadline) as received:
            for chunk in iter(lambda: answer.raw.read(CHUNK, decode_content=False), b""):
                body += chunk
                received(len(body))
                if len(body) > MAX_BYTES:
                    answer.close()
                    raise UnexpectedReply(self._host.name, f"an answer of more than {MAX_BYTES:,} bytes")
        return self._without_secrets(body) if answer.status_code >= 400 else bytes(body)

    def _without_secrets(self, body: bytearray) -> bytes:
        """An error page may repeat what was sent, and its words go into captures and onto screens."""
        words = body[:MOST_WORDS].decode("utf-8", "surrogateescape")
        return self._gate.hidden(words).encode("utf-8", "surrogateescape")

    def _judged(self, page: Page) -> Page:
        if page.status == UNAUTHORIZED:
            what = "the password was refused over HTTPS"
            raise AuthenticationFailed(self._host.name, what, "not tried again: repeated failures lock an account")
        if 300 <= page.status < 400:
            raise UnexpectedReply(self._host.name, f"a redirect ({page.status}), which is not followed")
        if page.looks_like_html and page.status < 400:
            raise UnexpectedReply(self._host.name, "an HTML page: this is not the API")
        return page


def _shows(leaf: EncodedCertificate) -> str:
    return f"{SHOWS} {leaf.sha256} ({fingerprint_of(leaf.der)})"


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def refused(host: Host, page: Page, doing: str) -> Refused:
    """The device's own words, shortened."""
    words = page.body[:300].decode("utf-8", "replace").strip()
    return Refused(host.name, f"{doing} was answered with HTTP {page.status}: {words or 'no text'}")
