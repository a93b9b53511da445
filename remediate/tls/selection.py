"""Which certificate an origin serves to a client: by a real handshake between two OpenSSLs in memory.

The origin's stand-in holds throw-away keys of the same kinds, and the client offers what the traffic
server would offer. In TLS 1.3 signature algorithms decide, not suites (RFC 8446 §4.4.2.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from remediate.model.certificate import Chain
from remediate.model.verdict import ClientProfile, Question, ServerOffer
from remediate.tls import der
from remediate.tls.client import BUILT_IN_CIPHERS, set_ciphers
from remediate.tls.replay import has_ecdsa_key
from remediate.tls.trust import reason

KeyKind = Literal["rsa", "ecdsa"]
_VERSIONS = {"1.2": SSL.TLS1_2_VERSION, "1.3": SSL.TLS1_3_VERSION}
_ROUNDS = 8
_DIGITAL_SIGNATURE = b"\x80"
_EC_PUBLIC_KEY = bytes.fromhex("2a8648ce3d0201")
_CURVES_OFFERED = frozenset(bytes.fromhex(oid) for oid in ("2a8648ce3d030107", "2b81040022", "2b81040023"))
"""P-256, P-384 and P-521: all that OpenSSL 1.1.1 and 3 offer unasked (OpenSSL `ssl/t1_lib.c`)."""


class NoHandshake(Exception):
    """Client and origin do not agree; the argument says on what."""


class UnclearOffer(Exception):
    """The offer cannot be played through; the argument says why."""


class Wishes(NamedTuple):
    """What the client offers."""

    ciphers: str
    tls13: bool


def served_chain(question: Question) -> Chain:
    """The chain that this client would be served. Raises NoHandshake or UnclearOffer."""
    chains = [chain for chain in (question.chain, question.second_chain) if chain]
    if not chains:
        raise UnclearOffer("the origin's certificate chain")
    by_kind: dict[KeyKind, Chain] = {}
    for chain in filter(_on_a_curve_offered, chains):
        by_kind.setdefault(key_kind(chain), chain)
    if not by_kind:
        raise NoHandshake("the key of the origin's certificate is on a curve that no traffic server offers")
    if len(by_kind) > 1 and cannot_sign(question, by_kind["ecdsa"]):
        del by_kind["ecdsa"]  # its server does not even choose it (OpenSSL `ssl/ssl_lib.c: ssl_set_masks`; measured)
    kind = chosen(wishes_of(question.profile), question.offer, tuple(sorted(by_kind)))
    return by_kind[kind]


def _on_a_curve_offered(chain: Chain) -> bool:
    """False for a key on another curve: the origin then finds no use for it in either version (measured).

    One whose parameters are spelled out is served as one of the curve that they are (measured); the path refuses it.
    """
    try:
        algorithm = next(der.elements(der.fields(chain[0].der).public_key))
        kind, *parameters = der.elements(algorithm.content)
    except (der.Unreadable, StopIteration, ValueError):
        return True
    named = [part.content for part in parameters if part.tag == der.OBJECT_ID]
    return kind.content != _EC_PUBLIC_KEY or not named or named[0] in _CURVES_OFFERED


def cannot_sign(question: Question, chain: Chain) -> bool:
    """Whether TLS 1.2 ends after the path, for an ECDSA key that its certificate keeps from signing.

    OpenSSL `ssl/ssl_lib.c: ssl_check_srvr_ecc_cert_and_alg`; measured. TLS 1.3 and RSA keys do not ask.
    """
    if "1.3" in _versions(wishes_of(question.profile), question.offer) or not has_ecdsa_key(chain):
        return False
    try:
        usage = der.fields(chain[0].der).extension(der.KEY_USAGE)
        bits = next(der.elements(usage), None) if usage else None
    except der.Unreadable:
        return False
    return bits is not None and not bits.content[1:2] >= _DIGITAL_SIGNATURE


def wishes_of(profile: ClientProfile) -> Wishes:
    """What a client of this profile offers."""
    return Wishes(profile.cipher_suite or BUILT_IN_CIPHERS, profile.tls13)


def key_kind(chain: Chain) -> KeyKind:
    """Which suites the leaf of a chain is for."""
    return "ecdsa" if has_ecdsa_key(chain) else "rsa"


@lru_cache(maxsize=4096)
def chosen(wishes: Wishes, offer: ServerOffer, kinds: tuple[KeyKind, ...]) -> KeyKind:
    """Which of its keys an origin uses for this client. Raises NoHandshake or UnclearOffer."""
    versions = _versions(wishes, offer)
    if not versions:
        raise NoHandshake("no protocol version in common")
    if len(kinds) == 1 and "1.3" in versions:
        return kinds[0]  # in TLS 1.3 every suite goes with either key
    server = _context(offer.ciphers, versions)
    if offer.cipher_preference == "server":
        server.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE)
    for kind in kinds:
        key, certificate = throw_away(kind)
        server.use_privatekey(key)
        server.use_certificate(certificate)
    return _met(_context(wishes.ciphers, versions), server)


def _versions(wishes: Wishes, offer: ServerOffer) -> list[str]:
    """In common, lowest first."""
    return [v for v in ("1.2", "1.3") if v in offer.tls and (v == "1.2" or wishes.tls13)]


def _context(ciphers: str, versions: Sequence[str]) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    if not set_ciphers(context, ciphers):
        raise UnclearOffer(f"a cipher string that OpenSSL takes, instead of {ciphers!r}")
    context.set_min_proto_version(_VERSIONS[versions[0]])
    context.set_max_proto_version(_VERSIONS[versions[-1]])
    return context


def _met(client_context: SSL.Context, server_context: SSL.Context) -> KeyKind:
    client, server = SSL.Connection(client_context, None), SSL.Connection(server_context, None)
    client.set_connect_state()
    server.set_accept_state()
    for _ in range(_ROUNDS):
        done = [_step(client, server), _step(server, client)]
        if all(done):
            break
    certificate = client.get_peer_certificate(as_cryptography=True)
    if certificate is None:
        raise NoHandshake("the origin proves itself with no certificate")
    return "ecdsa" if isinstance(certificate.public_key(), ec.EllipticCurvePublicKey) else "rsa"


def _step(one: SSL.Connection, other: SSL.Connection) -> bool:
    """Let one side go on and carry its bytes to the other; True when its handshake is done."""
    done = True
    try:
        one.do_handshake()
    except SSL.WantReadError:
        done = False
    except SSL.Error as error:
        raise NoHandshake(reason(error)) from error
    try:
        other.bio_write(one.bio_read(65536))
    except SSL.WantReadError:
        return done
    return done


@lru_cache(maxsize=2)
def throw_away(kind: KeyKind) -> tuple[ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, x509.Certificate]:
    """A key of that kind and a certificate for it, for a stand-in on memory buffers."""
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "throw-away")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, *_ALWAYS)
    return key, builder.sign(key, hashes.SHA256())


_ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC))
