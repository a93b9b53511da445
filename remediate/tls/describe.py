"""What a certificate says of itself, for people to read. Never a judgement: `decide` judges."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from remediate.model.base import Moment, Sha256, Value
from remediate.tls import der as raw

T = TypeVar("T")
REFUSALS = (
    ValueError,  # InvalidVersion and what most damage raises
    TypeError,
    OverflowError,
    KeyError,
    AttributeError,
    NotImplementedError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises on certificates that exist, some of it only when a field is read."""

LONGEST_NAME = 256
"""Characters of a name that are shown. X.520 allows a CN 64, DNS a name 253."""
FACTORY = "Temporary CA "
"""How the CN of the root begins that every Expressway makes for itself (py-expressway)."""


class Described(Value):
    """The fields of a certificate that people compare. What cannot be read is empty."""

    sha256: Sha256
    subject: str = ""
    """RFC 4514, as `cryptography` writes it."""
    issuer: str = ""
    common_name: str = ""
    """The first."""
    serial: str = ""
    """Hex."""
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    """Of iPAddress entries: the traffic server does not look at them."""
    not_before: Moment | None = None
    not_after: Moment | None = None
    key: str = ""
    """`RSA 2048`, `EC secp384r1`, `Ed25519`."""
    signature: str = ""
    """Hash of the signature, e.g. `sha256`; empty where the algorithm has none."""
    is_ca: bool = False
    """basicConstraints with CA:TRUE: trusting it empowers whoever holds its key."""
    self_signed: bool = False
    """Its own key made its signature; where that cannot be tried, its subject is its issuer."""
    undecodable: str = ""
    """Why something could not be read; empty where all was."""

    @property
    def label(self) -> str:
        """The subject, or the digest where there is none to show."""
        return self.subject or f"certificate {self.sha256[:16]}…"


@lru_cache(maxsize=8192)
def describe(der: bytes) -> Described:
    """Describe a DER certificate. Never raises."""
    identity = hashlib.sha256(der).hexdigest()
    with without_warnings():
        try:
            certificate = x509.load_der_x509_certificate(der)
        except REFUSALS as error:
            return _by_hand(identity, der, _why(error))
        return _by_library(identity, der, certificate)


@contextmanager
def without_warnings() -> Iterator[None]:
    """`cryptography` warns of what it finds odd in a certificate; nobody here can change that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _by_library(identity: str, der: bytes, certificate: x509.Certificate) -> Described:
    reader = _Reader()
    return Described(
        sha256=identity,
        subject=reader.read(lambda: _name(certificate.subject), ""),
        issuer=reader.read(lambda: _name(certificate.issuer), ""),
        common_name=reader.read(lambda: _common_name(certificate), ""),
        serial=reader.read(lambda: f"{certificate.serial_number:x}", ""),
        dns_names=reader.read(lambda: _alternatives(certificate, x509.DNSName), ()),
        ip_addresses=reader.read(lambda: _alternatives(certificate, x509.IPAddress), ()),
        not_before=reader.read(lambda: certificate.not_valid_before_utc, None),
        not_after=reader.read(lambda: certificate.not_valid_after_utc, None),
        key=reader.read(lambda: _key(certificate), ""),
        signature=reader.read(lambda: _hash(certificate), ""),
        is_ca=reader.read(lambda: _is_ca(certificate), False),
        self_signed=reader.read(lambda: _self_signed(certificate), _self_issued(der)),
        undecodable="; ".join(reader.refused),
    )


class _Reader:
    """Reads field by field, so that one that cannot be read hides no other."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def read(self, field: Callable[[], T], otherwise: T) -> T:
        try:
            return field()
        except REFUSALS as error:
            why = _why(error)
            if why not in self.refused:
                self.refused.append(why)
            return otherwise


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:120]}"


def _by_hand(identity: str, der: bytes, why: str) -> Described:
    """The little that can be said of a certificate that `cryptography` does not load."""
    return Described(sha256=identity, is_ca=_is_ca_by_hand(der), self_signed=_self_issued(der), undecodable=why)


def _self_issued(der: bytes) -> bool:
    try:
        found = raw.fields(der)
    except raw.Unreadable:
        return False
    return found.subject == found.issuer


def _is_ca_by_hand(der: bytes) -> bool:
    try:
        value = raw.fields(der).extension(raw.BASIC_CONSTRAINTS)
        inner = next(raw.elements(value), None) if value else None
        flags = list(raw.elements(inner.content)) if inner else []
    except raw.Unreadable:
        return False
    return any(flag.tag == raw.BOOLEAN and any(flag.content) for flag in flags)


def _name(name: x509.Name) -> str:
    return _bounded(name.rfc4514_string())


def _common_name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return _bounded(str(found[0].value)) if found else ""


def _bounded(text: str) -> str:
    """A name that people can look at; equal for equal names, however long they are."""
    if len(text) <= LONGEST_NAME:
        return text
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{text[:LONGEST_NAME]}… ({len(text):,} characters, SHA-256 {mark}…)"


def _alternatives(certificate: x509.Certificate, kind: type[x509.DNSName] | type[x509.IPAddress]) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(_bounded(str(value)) for value in names.get_values_for_type(kind))


def _key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    return type(key).__name__.removesuffix("PublicKey").lstrip("_")


def _hash(certificate: x509.Certificate) -> str:
    algorithm = certificate.signature_hash_algorithm
    return algorithm.name if algorithm else ""


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _self_signed(certificate: x509.Certificate) -> bool:
    if certificate.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except InvalidSignature:
        return False
    return True
