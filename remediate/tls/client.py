"""OpenSSL clients set as the traffic server sets its own (ATS `SSLClientUtils.cc`, `SSLConfig.cc`)."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from OpenSSL import SSL, crypto

from remediate.model.certificate import LISTS
from remediate.model.verdict import ClientProfile, OpenSslVersion
from remediate.tls.trust import Anchors, load

VERIFY_DEPTH = 7
BUILT_IN_CIPHERS = "DEFAULT:!SHA1"
"""What a traffic server without a cipher string offers: no suite on SHA-1, ECDSA first (measured)."""
_DEFAULT_LEVELS: dict[OpenSslVersion, int] = {"1.1.1": 1, "3": 2}
"""Upstream's for 1.1.1 (OpenSSL `ssl/ssl_cert.c`); measured on Debian for 3."""
_LEVEL = re.compile(r"@SECLEVEL=([0-5])")

Seen = tuple[int, int, crypto.X509]
"""One call of the verification callback: error number (0: none), depth, certificate."""


def security_level(profile: ClientProfile) -> int:
    """The level that the cipher string asks for, the last word counting, else that version's own."""
    asked = _LEVEL.findall(profile.cipher_suite or "")
    return int(asked[-1]) if asked else _DEFAULT_LEVELS[profile.openssl]


@lru_cache(maxsize=256)
def usable(ciphers: str | None) -> bool:
    """Whether OpenSSL takes the cipher string."""
    return set_ciphers(SSL.Context(SSL.TLS_METHOD), ciphers or BUILT_IN_CIPHERS)


def set_ciphers(context: SSL.Context, ciphers: str) -> bool:
    """Set a cipher string; False where OpenSSL finds no cipher in it."""
    try:
        context.set_cipher_list(ciphers.encode())
    except (SSL.Error, ValueError):
        return False
    return "\0" not in ciphers


class VerifyingClient:
    """One context for one trust file, security level and moment."""

    def __init__(self, anchors: Anchors, level: int, at: datetime) -> None:
        self.anchors = anchors
        self._context = SSL.Context(SSL.TLS_METHOD)
        self._context.set_min_proto_version(SSL.TLS1_2_VERSION)
        self._context.set_max_proto_version(SSL.TLS1_2_VERSION)
        self._context.set_cipher_list(f"ALL:@SECLEVEL={level}".encode())
        self._context.set_verify_depth(VERIFY_DEPTH)
        self._context.set_verify(SSL.VERIFY_PEER, _note)
        _fill(self._context, anchors, at)

    def connection(self, seen: list[Seen]) -> SSL.Connection:
        """A connection on memory whose verification callback fills `seen` and goes on whatever it is told."""
        connection = SSL.Connection(self._context, None)
        connection.set_app_data(seen)
        connection.set_connect_state()
        return connection


def _fill(context: SSL.Context, anchors: Anchors, at: datetime) -> None:
    store = context.get_cert_store()
    assert store is not None, "OpenSSL makes a store with every context"
    store.set_time(at)  # once for all: OpenSSL keeps the first time that a store is given
    for certificate in anchors.certificates:
        store.add_cert(certificate)


def _note(connection: SSL.Connection, certificate: crypto.X509, number: int, depth: int, _ok: int) -> bool:
    connection.get_app_data().append((number, depth, certificate))
    return True


@lru_cache(maxsize=LISTS)
def client_for(pem: bytes, level: int, at: datetime) -> VerifyingClient:
    """The client for a trust file at a moment. Parsing the file is the dear part, and done once for all moments.

    Raises BrokenTrustFile or UnclearTrustFile.
    """
    return VerifyingClient(load(pem), level, at)
