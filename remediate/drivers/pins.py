"""Pinned certificates as TLS contexts, and the total time of an exchange over them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from remediate.drivers.deadline import Deadline
from remediate.model.certificate import EncodedCertificate

# X509_V_FLAG_NO_CHECK_TIME: the pin is the very certificate, so its dates add nothing.
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)


class WrongCertificate(ssl.SSLError):
    """The leaf that was shown is not pinned."""


class PinnedContext(ssl.SSLContext):
    """Trusts the pinned certificates themselves and asserts the leaf before any HTTP byte leaves."""

    pins: frozenset[str]

    def wrap_socket(self, *given: Any, **named: Any) -> ssl.SSLSocket:
        """Shake hands, then compare the leaf."""
        wrapped = super().wrap_socket(*given, **named)
        shown = wrapped.getpeercert(binary_form=True) or b""
        leaf = EncodedCertificate(der=shown).sha256
        if leaf not in self.pins:
            wrapped.close()
            raise WrongCertificate(f"it shows the certificate with SHA-256 {leaf}")
        return wrapped


@lru_cache(maxsize=4096)
def context_of(certificates: tuple[EncodedCertificate, ...]) -> PinnedContext:
    """One context per set of pinned certificates: making one costs far more than a handshake."""
    context = PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.pins = frozenset(certificate.sha256 for certificate in certificates)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # the pin, not the strength of a signature, vouches for the leaf
    context.load_verify_locations(cadata=b"".join(certificate.der for certificate in certificates))
    context.sslsocket_class = _TimedSocket
    return context


class Exchange:
    """One request and its answer: its total time, and the socket that they use."""

    def __init__(self, seconds: float) -> None:
        self.deadline = Deadline(seconds)
        self.used: socket.socket | None = None

    def end(self) -> None:
        """From another thread: what is awaited will not come."""
        if self.used is not None:
            with suppress(OSError):  # it has ended already
                socket.socket.shutdown(self.used, socket.SHUT_RDWR)


class _Current(threading.local):
    """The exchange under way in this thread."""

    exchange: Exchange | None = None


_current = _Current()


class _TimedSocket(ssl.SSLSocket):
    """Every wait is cut to what is left of the whole exchange: one byte a minute is no progress."""

    def sendall(self, *given: Any, **named: Any) -> None:
        """Send; from now on the exchange can be ended."""
        if (exchange := _current.exchange) is not None:
            exchange.used = self
        super().sendall(*given, **named)

    def recv_into(self, *given: Any, **named: Any) -> int:
        """Receive, for as long as the exchange may still last."""
        if (exchange := _current.exchange) is not None:
            left = exchange.deadline.left
            if left <= 0:
                raise TimeoutError("total time")
            self.settimeout(left)
        return super().recv_into(*given, **named)


@contextmanager
def within(seconds: float) -> Iterator[Exchange]:
    """Bound all waiting of this thread's pinned sockets by one total time."""
    exchange = _current.exchange = Exchange(seconds)
    try:
        yield exchange
    finally:
        _current.exchange = None
