"""The trust file as the traffic server loads it (OpenSSL `X509_load_cert_crl_file`, `crypto/x509/by_file.c`).

All or nothing: one block that OpenSSL cannot read, or a file without any certificate, and the client
context is not made: every HTTPS origin then answers 502, whatever the policy.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from OpenSSL import crypto

from remediate.model.certificate import LISTS
from remediate.tls import der
from remediate.tls.armour import BadArmour, Block, blocks

_CERTIFICATES = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")
_KEYS = (b"RSA PRIVATE KEY", b"DSA PRIVATE KEY", b"EC PRIVATE KEY")
_CRL = b"X509 CRL"
SHORT_TIME = "a date without seconds or time zone, at which OpenSSL versions differ"
"""OpenSSL 3.0 reads such a certificate, and refuses the path that meets it (measured); 4 does not read it."""


class BrokenTrustFile(Exception):
    """The traffic server cannot load this file; the argument says where and why."""


class UnclearTrustFile(Exception):
    """What it would do with this file is not known to us."""


class Anchors(NamedTuple):
    """The certificates of a trust file, in its order, and how to tell them again."""

    certificates: tuple[crypto.X509, ...]
    identities: dict[bytes, str]
    """A certificate as OpenSSL encodes it → SHA-256 of the bytes that it came from."""


@lru_cache(maxsize=8192)
def parsed(der: bytes) -> crypto.X509:
    """A certificate by OpenSSL. Raises OpenSSL.crypto.Error.

    Bytes after the certificate are left alone, as OpenSSL's PEM reader leaves them.
    """
    return crypto.load_certificate(crypto.FILETYPE_ASN1, der)


def has_short_time(der: bytes) -> bool:
    """Whether a certificate is refused for `SHORT_TIME`."""
    try:
        parsed(der)
    except crypto.Error as error:
        return _is_of_a_short_time(error)
    return False


def _is_of_a_short_time(error: crypto.Error) -> bool:
    return any(entry[2].endswith("time is too short") for entry in error.args[0])


def encoded(certificate: crypto.X509) -> bytes:
    """As OpenSSL encodes it: tells two certificates apart, faster than a digest does."""
    return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)


@lru_cache(maxsize=LISTS)
def load(pem: bytes) -> Anchors:
    """The anchors in a trust file. Raises BrokenTrustFile or UnclearTrustFile."""
    certificates: list[crypto.X509] = []
    identities: dict[bytes, str] = {}
    usable = 0
    for number, block in enumerate(_armoured(pem), start=1):
        if block.label in _CERTIFICATES:
            as_encoded, sha256 = _certificate(number, block)
            certificates.append(parsed(block.content))
            identities[as_encoded] = sha256
        usable += block.label in _CERTIFICATES or _usable_list(number, block)
    if not usable:
        raise BrokenTrustFile("no certificate or crl found")
    return Anchors(tuple(certificates), identities)


@lru_cache(maxsize=8192)
def _identified(content: bytes) -> tuple[bytes, str]:
    """A certificate as OpenSSL encodes it, and the SHA-256 of its bytes; lists share most of theirs."""
    return encoded(parsed(content)), hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=LISTS)
def doubles(pem: bytes) -> frozenset[bytes]:
    """Names (DER) of self-issued certificates in a trust file that share even their serial number.

    RFC 5280 §4.1.2.2 forbids that, and OpenSSL 4 does not choose between them as 3 does (measured).
    """
    counted = Counter(filter(None, map(_own_mark, load(pem).identities)))
    return frozenset(issuer for (issuer, _), times in counted.items() if times > 1)


@lru_cache(maxsize=8192)
def _own_mark(certificate: bytes) -> tuple[bytes, bytes] | None:
    """Name and serial number (DER) of a self-issued certificate; lists share most of theirs."""
    try:
        fields = der.fields(certificate)
    except der.Unreadable:
        return None
    return (fields.issuer, fields.serial) if fields.subject == fields.issuer else None


def broken(pem: bytes) -> str | None:
    """Why the traffic server refuses everything with this trust file; None where it loads, or that is not known."""
    try:
        load(pem)
    except BrokenTrustFile as error:
        return str(error)
    except UnclearTrustFile:
        return None
    return None


def _armoured(pem: bytes) -> list[Block]:
    found: list[Block] = []
    try:
        for block in blocks(pem):
            found.append(block)  # noqa: PERF402 - the count is wanted when the reader stops
    except BadArmour as error:
        raise BrokenTrustFile(f"block {len(found) + 1}: {error}") from error
    return found


def _certificate(number: int, block: Block) -> tuple[bytes, str]:
    _refuse_headers(number, block)
    try:
        as_encoded, sha256 = _identified(block.content)
    except crypto.Error as error:
        if _is_of_a_short_time(error):
            raise UnclearTrustFile(f"block {number}: a certificate with {SHORT_TIME}") from error
        raise BrokenTrustFile(f"block {number}: not a certificate ({reason(error)})") from error
    if block.label == b"TRUSTED CERTIFICATE" and len(as_encoded) < len(block.content):
        raise UnclearTrustFile(f"block {number}: trust settings of a TRUSTED CERTIFICATE")
    return as_encoded, sha256


def _usable_list(number: int, block: Block) -> bool:
    """Whether the block is a revocation list; keys are read and thrown away, other labels skipped."""
    if block.label == _CRL:
        _refuse_headers(number, block)
        try:
            x509.load_der_x509_crl(block.content)
        except ValueError as error:
            raise UnclearTrustFile(f"block {number}: a revocation list that we cannot read") from error
        return True
    if block.label in _KEYS and not block.headed:
        try:
            crypto.load_privatekey(crypto.FILETYPE_ASN1, block.content)
        except crypto.Error as error:
            raise BrokenTrustFile(f"block {number}: not a private key") from error
    return False


def _refuse_headers(number: int, block: Block) -> None:
    if block.headed:
        raise BrokenTrustFile(f"block {number}: headers, or encryption, in a certificate")


def reason(error: Exception) -> str:
    """OpenSSL's last words in an error of pyOpenSSL."""
    queue = error.args[0] if error.args and isinstance(error.args[0], list) else []
    words = [entry[2] for entry in queue if len(entry) == 3 and entry[2]]
    return str(words[-1]) if words else "no reason given"
