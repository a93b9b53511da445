"""What requests, urllib3 and ssl raise, as our own errors."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator

import requests
import urllib3

from remediate.drivers.fingerprints import way_to_trust
from remediate.errors import DeviceError, DeviceTimeout, IdentityNotTrusted, UnexpectedReply, Unreachable
from remediate.model.inventory import Host

FOREIGN = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, UnicodeError)
"""All that requests and what lies beneath it may raise."""

TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
NO_TIMEOUT = urllib3.exceptions.NewConnectionError
"""A refused connection or an unknown name, though urllib3 derives it from its timeouts."""
MALFORMED = (
    http.client.HTTPException,
    urllib3.exceptions.ProtocolError,
    urllib3.exceptions.DecodeError,
    urllib3.exceptions.ResponseError,
    requests.exceptions.ContentDecodingError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.InvalidJSONError,
    requests.TooManyRedirects,
    UnicodeError,
)
BROKEN = (
    ConnectionError,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ProxyError,
    urllib3.exceptions.PoolError,
    http.client.RemoteDisconnected,
)


def device_error(host: Host, port: int, error: BaseException) -> DeviceError:
    """Any of `FOREIGN` as an error of ours that names host and port."""
    causes = tuple(_causes(error))
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if tls is not None and not isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError):
        return untrusted(host, port, _said(tls))
    if any(isinstance(cause, TIMEOUTS) and not isinstance(cause, NO_TIMEOUT) for cause in causes):
        return DeviceTimeout(host.name, f"no complete answer on port {port} in time")
    if any(isinstance(cause, BROKEN) for cause in causes):
        return Unreachable(host.name, f"no connection to {host.address}:{port}: {_said(causes[-1])}")
    if any(isinstance(cause, MALFORMED) for cause in causes):
        return UnexpectedReply(host.name, f"not HTTP as it should be on port {port}: {_said(causes[-1])}")
    return Unreachable(host.name, f"HTTPS to {host.address}:{port} failed: {_said(causes[-1])}")


def untrusted(host: Host, port: int, what: str) -> IdentityNotTrusted:
    """A certificate that no pin vouches for."""
    return IdentityNotTrusted(
        host.name,
        f"the certificate on port {port} is not the pinned one; nothing was sent: {what}",
        way_to_trust(host.name),
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it wraps: in `reason`, in its arguments, or as its cause."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            waiting += [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]
            yield one


def _said(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
