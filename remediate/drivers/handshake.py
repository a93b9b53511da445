"""What a TLS port serves. The one place where TLS is not verified: it sends no byte of application data.

What is seen here is evidence; a certificate is trusted only when the inventory vouches for it.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from OpenSSL import SSL, _util, crypto

from remediate.drivers.deadline import Deadline
from remediate.errors import DeviceError, DeviceTimeout, UnexpectedReply, Unreachable
from remediate.model.certificate import Chain, EncodedCertificate
from remediate.model.inventory import Durations, Host
from remediate.model.observed import OriginReading, Probe
from remediate.model.reading import Known, Unknown

Kind = Literal["rsa", "ecdsa", "as-client"]

# TLS 1.2, where the cipher decides the kind of key. Weak keys are shown, so no security level.
SUITES = {"rsa": "aRSA:@SECLEVEL=0", "ecdsa": "aECDSA:@SECLEVEL=0"}
# TLS 1.3, where the signature algorithms decide it (RFC 8446 §4.2.3).
ALGORITHMS = {
    "rsa": "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256",
    "ecdsa": "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512",
}
PROTOCOL_VERSION = 70
"""Alert `protocol_version` (RFC 8446 §6.2)."""
VERSIONS = {"TLSv1.2": "1.2", "TLSv1.3": "1.3"}
FATAL = 2
CLOSED = "closed"


class _Silent(Exception):
    """The other side closed without a TLS alert and without a certificate."""


class _TooOld(Exception):
    """The other side speaks TLS 1.3 only."""


@dataclass(frozen=True)
class Offer:
    """What a probe offers. `ciphers` as the device holds them; empty: the library's default."""

    kind: Kind
    ciphers: str = ""
    tls13: bool = False


@dataclass
class _Seen:
    """Filled while a handshake runs."""

    asks: bool = False
    alert: int = 0
    """A fatal alert received, by number."""


class Handshakes:
    """Implements `engine.ports.OriginReader`. Safe to use from many threads."""

    def __init__(self, now: Callable[[], datetime], seconds: float = Durations().connect_timeout) -> None:
        self._now, self._seconds = now, seconds
        self._seen_from = socket.gethostname()

    def capture(self, host: Host | None, target: tuple[str, str, str, int], ciphers: tuple[str, ...]) -> OriginReading:
        """Probe RSA, ECDSA and, per cipher string, as a client. Never raises a `DeviceError`."""
        cluster, name, address, port = target
        place = Place(name, address, port, host.fqdn if host else name, self._seconds)
        probes: Known[tuple[Probe, ...]] | Unknown
        try:
            probes = Known(value=_probes(place, ciphers))
        except DeviceError as error:
            probes = Unknown(why=str(error))
        return OriginReading(
            cluster=cluster,
            host=name,
            address=address,
            port=port,
            seen_from=self._seen_from,
            read_at=self._now(),
            probes=probes,
        )


@dataclass(frozen=True)
class Place:
    """Where to shake hands, the server name to ask for, and for how long each handshake may take."""

    host: str
    address: str
    port: int
    server_name: str
    seconds: float


def leaf_of(host: Host, port: int, seconds: float) -> EncodedCertificate:
    """The certificate a port shows, unverified: only to be compared with a fingerprint. Raises `DeviceError`."""
    return served_chain(Place(host.name, host.address, port, host.fqdn, seconds))[0]


def served_chain(place: Place) -> Chain:
    """The chain a port shows, unverified: its leaf is to be compared with a fingerprint. Raises `DeviceError`."""
    for kind in ("as-client", "rsa", "ecdsa"):
        try:
            probe = shake(place, Offer(kind, tls13=kind == "as-client"))
        except (_Silent, _TooOld):
            continue
        if probe.chain:
            return probe.chain
    raise Unreachable(place.host, f"port {place.port} shows no certificate", "see whether it speaks TLS")


def served_leaves(place: Place) -> Chain:
    """Every own certificate that a port shows, by key type, unverified. Raises `DeviceError`."""
    offers = (Offer("as-client", tls13=True), Offer("rsa"), Offer("ecdsa"))
    probes = [probe for offer in offers if (probe := _tried(place, offer)) is not None and probe.chain]
    if not probes:
        raise Unreachable(place.host, f"port {place.port} shows no certificate", "see whether it speaks TLS")
    return tuple(dict.fromkeys(probe.chain[0] for probe in probes))


def _probes(place: Place, ciphers: tuple[str, ...]) -> tuple[Probe, ...]:
    offers = [Offer("rsa"), Offer("ecdsa"), *(Offer("as-client", one, tls13=True) for one in ciphers if usable(one))]
    found = [(offer, _tried(place, offer)) for offer in offers]
    silent = [offer for offer, probe in found if probe is None]
    if silent and not any(probe and probe.chain for _, probe in found):
        raise Unreachable(place.host, f"{place.address}:{place.port} closes the connection in the TLS handshake")
    return tuple(probe or _nothing(offer) for offer, probe in found)


def _tried(place: Place, offer: Offer) -> Probe | None:
    try:
        return shake(place, offer)
    except _TooOld:
        return shake(place, Offer(offer.kind, offer.ciphers, tls13=True))
    except _Silent:
        return None


def _nothing(offer: Offer) -> Probe:
    return Probe(kind=offer.kind, ciphers=offer.ciphers, tls="", chain=())


@lru_cache(maxsize=256)
def usable(ciphers: str) -> bool:
    """Whether this OpenSSL knows at least one cipher of the string."""
    try:
        context_for(Offer("as-client", ciphers, tls13=True))
    except SSL.Error:
        return False
    return True


@lru_cache(maxsize=256)
def context_for(offer: Offer) -> SSL.Context:
    """A client context that offers this and accepts any certificate. One per offer, shared by all handshakes."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_max_proto_version(SSL.TLS1_3_VERSION if offer.tls13 else SSL.TLS1_2_VERSION)
    if offer.kind == "as-client":
        context.set_cipher_list(f"{offer.ciphers or 'DEFAULT'}:@SECLEVEL=0".encode())
    elif offer.tls13:
        context.set_min_proto_version(SSL.TLS1_3_VERSION)
        offer_key_type(context, ALGORITHMS[offer.kind])
    else:
        context.set_cipher_list(SUITES[offer.kind].encode())
    context.set_info_callback(_note)
    return context


def offer_key_type(context: SSL.Context, algorithms: str) -> None:
    """Offer only these signature algorithms, which in TLS 1.3 choose the certificate.

    pyOpenSSL has no call for it; the binding below it has (tested with pyOpenSSL 26, cryptography 50).
    """
    done: int = _util.lib.SSL_CTX_set1_sigalgs_list(context._context, algorithms.encode())  # noqa: SLF001
    if done != 1:
        raise ValueError(f"this OpenSSL does not know the signature algorithms {algorithms}")


def _note(connection: SSL.Connection, where: int, result: int) -> None:
    seen = connection.get_app_data()
    if not isinstance(seen, _Seen):
        return
    if b"read server certificate request" in connection.get_state_string():
        seen.asks = True
    if where & SSL.SSL_CB_READ_ALERT == SSL.SSL_CB_READ_ALERT and result >> 8 == FATAL:
        seen.alert = result & 0xFF


def shake(place: Place, offer: Offer) -> Probe:
    """One handshake. The chain is kept when the server refuses us afterwards, as it may for lack of a
    client certificate.

    Raises `Unreachable`, `DeviceTimeout`, `UnexpectedReply`, `_Silent` or `_TooOld`.
    """
    deadline, seen = Deadline(place.seconds), _Seen()
    plain = _connected(place, deadline)
    try:
        plain.setblocking(False)
        connection = _client(plain, place, offer, seen)
        failure = _drive(connection, plain, place, deadline)
        chain = _chain(connection)
        if failure and not chain:
            _judge_failure(place, offer, seen, failure)
        tls = VERSIONS.get(connection.get_protocol_version_name(), "") if chain else ""
    finally:
        plain.close()
    return Probe(
        kind=offer.kind,
        ciphers=offer.ciphers,
        tls=tls,
        chain=chain,
        asks_client_certificate=seen.asks,
    )


def _connected(place: Place, deadline: Deadline) -> socket.socket:
    try:
        plain = socket.create_connection((place.address, place.port), timeout=deadline.seconds)
    except TimeoutError as error:
        what = f"{place.address}:{place.port} did not answer within {deadline.seconds:g} s"
        raise DeviceTimeout(place.host, what) from error
    except (OSError, UnicodeError) as error:
        what = f"cannot connect to {place.address}:{place.port}: {getattr(error, 'strerror', None) or error}"
        raise Unreachable(place.host, what) from error
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return plain


def _client(plain: socket.socket, place: Place, offer: Offer, seen: _Seen) -> SSL.Connection:
    connection = SSL.Connection(context_for(offer), plain)
    connection.set_app_data(seen)
    if not _is_address(place.server_name):
        connection.set_tlsext_host_name(place.server_name.encode())
    connection.set_connect_state()
    return connection


def _judge_failure(place: Place, offer: Offer, seen: _Seen, failure: str) -> None:
    """Nothing to do where an alert says that the origin has nothing for this offer."""
    if seen.alert == PROTOCOL_VERSION and not offer.tls13:
        raise _TooOld
    if failure == CLOSED:
        raise _Silent
    if not seen.alert:
        raise UnexpectedReply(place.host, f"the TLS handshake with {place.address}:{place.port} failed: {failure}")


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdecimal()


def _drive(connection: SSL.Connection, plain: socket.socket, place: Place, deadline: Deadline) -> str:
    """Why the handshake did not finish; empty when it did."""
    while True:
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            _await(plain, place, deadline, reading=True)
        except SSL.WantWriteError:
            _await(plain, place, deadline, reading=False)
        except (SSL.SysCallError, SSL.ZeroReturnError, OSError):
            return CLOSED
        except SSL.Error as error:
            return _reason(error)
        else:
            return ""


def _reason(error: SSL.Error) -> str:
    reasons = [str(part[-1]) for part in (error.args[0] if error.args else ()) if isinstance(part, tuple)]
    return CLOSED if any("unexpected eof" in reason for reason in reasons) else ", ".join(reasons) or "no reason given"


def _await(plain: socket.socket, place: Place, deadline: Deadline, *, reading: bool) -> None:
    left = deadline.remaining(place.host, f"the TLS handshake with {place.address}:{place.port}")
    poll = select.poll()
    poll.register(plain, select.POLLIN if reading else select.POLLOUT)
    poll.poll(left * 1000)


def _chain(connection: SSL.Connection) -> Chain:
    served = connection.get_peer_cert_chain() or ()
    return tuple(
        EncodedCertificate(der=crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)) for certificate in served
    )
