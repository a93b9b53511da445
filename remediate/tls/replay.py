"""A handshake replayed to an OpenSSL client, up to the certificates (RFC 5246 §7.4.1.3, §7.4.2).

A TLS 1.2 client verifies the path as soon as it has the Certificate message, before any signature by
the server's key: no private key is needed, and purpose, security level and depth limit apply as they
do in a real connection.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from OpenSSL import SSL, crypto

from remediate.model.certificate import Chain
from remediate.tls import der
from remediate.tls.client import Seen, client_for
from remediate.tls.trust import Anchors, encoded, parsed, reason

_HANDSHAKE, _SERVER_HELLO, _CERTIFICATE = 22, 2, 11
_TLS_1_2 = b"\x03\x03"
_LARGEST_RECORD = 16384
_ECDHE_RSA_AES256_GCM, _ECDHE_ECDSA_AES256_GCM = b"\xc0\x30", b"\xc0\x2c"
_EMPTY_RENEGOTIATION_INFO = b"\xff\x01\x00\x01\x00"  # RFC 5746 §3.6: without it OpenSSL 3 hangs up
_KEYS_OF_ECDSA_SUITES = frozenset((crypto.TYPE_EC, 1087, 1088))  # Ed25519, Ed448: RFC 8422 §5.3


class Event(NamedTuple):
    """One call of OpenSSL's verification callback."""

    number: int
    """X509_V_ERR_ of the OpenSSL that runs here; 0 where it is content."""
    depth: int
    certificate: str | None
    """SHA-256; None for a certificate that was neither served nor trusted."""
    signed_with: bytes
    """Long name of its signature algorithm."""


class Replay(NamedTuple):
    """What the client said to a chain."""

    events: tuple[Event, ...]
    """All of them, each error waved through."""
    broken_off: str | None
    """OpenSSL's reason where the handshake itself failed, apart from verification."""

    @property
    def path(self) -> tuple[str, ...]:
        """Leaf to anchor, SHA-256: what the last pass from the anchor down to the leaf went through."""
        found = {e.depth: e.certificate for e in self.events if e.number == 0}
        return tuple(c for _, c in sorted(found.items()) if c is not None)


@lru_cache(maxsize=65536)
def replay(chain: Chain, trust: bytes, level: int, at: datetime) -> Replay:
    """Serve a chain to the client of a trust file at a moment. Raises BrokenTrustFile or UnclearTrustFile."""
    client = client_for(trust, level, at)
    seen: list[Seen] = []
    broken_off = _handshake(client.connection(seen), chain)
    return Replay(tuple(_event(chain, client.anchors, call) for call in seen), broken_off)


def _handshake(connection: SSL.Connection, chain: Chain) -> str | None:
    with suppress(SSL.WantReadError):
        connection.do_handshake()
    connection.bio_write(_records(_server_hello(suite_for(chain)) + _certificate(c.der for c in chain)))
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        return None
    except SSL.Error as error:
        return reason(error)
    return None


def certificate_records(chain: Chain) -> bytes:
    """A Certificate message as records, before any encryption: the one that a server or a client would send."""
    return _records(_certificate(c.der for c in chain))


def suite_for(chain: Chain) -> bytes:
    """A cipher suite that fits the key of the leaf."""
    return _ECDHE_ECDSA_AES256_GCM if has_ecdsa_key(chain) else _ECDHE_RSA_AES256_GCM


def has_ecdsa_key(chain: Chain) -> bool:
    """Whether the leaf is for ECDSA suites; False for RSA, and for what OpenSSL cannot read."""
    return bool(chain) and _has_ecdsa_key(chain[0].der)


@lru_cache(maxsize=8192)
def _has_ecdsa_key(certificate: bytes) -> bool:
    with suppress(der.Unreadable):
        if der.fields(certificate).holds_rsa_key:
            return False
    try:
        return parsed(certificate).get_pubkey().type() in _KEYS_OF_ECDSA_SUITES
    except crypto.Error:
        return False


def _server_hello(suite: bytes) -> bytes:
    extensions = _prefixed(_EMPTY_RENEGOTIATION_INFO, 2)
    body = _TLS_1_2 + bytes(32) + _prefixed(b"", 1) + suite + b"\0" + extensions
    return _message(_SERVER_HELLO, body)


def _certificate(certificates: Iterable[bytes]) -> bytes:
    return _message(_CERTIFICATE, _prefixed(b"".join(_prefixed(each, 3) for each in certificates), 3))


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + _prefixed(body, 3)


def _prefixed(body: bytes, octets: int) -> bytes:
    return len(body).to_bytes(octets, "big") + body


def _records(handshake: bytes) -> bytes:
    parts = (handshake[i : i + _LARGEST_RECORD] for i in range(0, len(handshake), _LARGEST_RECORD))
    return b"".join(bytes((_HANDSHAKE,)) + _TLS_1_2 + _prefixed(part, 2) for part in parts)


def _event(chain: Chain, anchors: Anchors, call: Seen) -> Event:
    number, depth, certificate = call
    identity = chain[0].sha256 if depth == 0 else _identity(chain, anchors, certificate)
    return Event(number, depth, identity, _signature_name(certificate))


def _identity(chain: Chain, anchors: Anchors, certificate: crypto.X509) -> str | None:
    """SHA-256 of the bytes that it came from: as listed, else as served."""
    as_encoded = encoded(certificate)
    listed = anchors.identities.get(as_encoded)
    return listed or next((c.sha256 for c in chain if _as_encoded(c.der) == as_encoded), None)


def _as_encoded(certificate: bytes) -> bytes:
    try:
        return encoded(parsed(certificate))
    except crypto.Error:
        return b""


def _signature_name(certificate: crypto.X509) -> bytes:
    try:
        return certificate.get_signature_algorithm()
    except ValueError:  # an algorithm that OpenSSL has no name for
        return b""
