"""A PKI that can be wrong: authorities, certificates and their faults, each in one call."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from remediate.model.certificate import EncodedCertificate

BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """One key for all who need RSA: making one costs a tenth of a second, and nobody here compares them."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def ec_key() -> ec.EllipticCurvePrivateKey:
    """A fresh P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Issued:
    """A certificate with the key that belongs to it."""

    certificate: EncodedCertificate
    key: Key
    name: x509.Name


def name_of(common_name: str) -> x509.Name:
    """A subject of one CN."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def authority(common_name: str, issuer: Issued | None = None, *, identifiers: bool = True) -> Issued:
    """A root, or an intermediate when an issuer is given."""
    return _issued(common_name, ec_key(), issuer, (), purposes=(), dates=(BEGIN, END), identifiers=identifiers)


def leaf(
    common_name: str,
    issuer: Issued | None,
    names: tuple[str, ...] = (),
    *,
    key: Key | None = None,
    dates: tuple[datetime, datetime] = (BEGIN, END),
    identifiers: bool = True,
) -> Issued:
    """A server certificate; self-signed without an issuer. IP texts in `names` become iPAddress entries."""
    return _issued(common_name, key or ec_key(), issuer, names, purposes=SERVER, dates=dates, identifiers=identifiers)


def peer(common_name: str, issuer: Issued | None) -> Issued:
    """A certificate of a peer that is server and client, as an Expressway's must be."""
    purposes = (*SERVER, ExtendedKeyUsageOID.CLIENT_AUTH)
    return _issued(
        common_name, ec_key(), issuer, (common_name,), purposes=purposes, dates=(BEGIN, END), identifiers=True
    )


def _issued(
    common_name: str,
    key: Key,
    issuer: Issued | None,
    names: tuple[str, ...],
    *,
    purposes: tuple[x509.ObjectIdentifier, ...],
    dates: tuple[datetime, datetime],
    identifiers: bool,
) -> Issued:
    name, parent_key = name_of(common_name), issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.name if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
        .add_extension(x509.BasicConstraints(ca=not purposes, path_length=None), critical=True)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
    if identifiers:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        parent = x509.AuthorityKeyIdentifier.from_issuer_public_key(parent_key.public_key())
        builder = builder.add_extension(parent, critical=False)
    signed = builder.sign(parent_key, hashes.SHA256())
    return Issued(EncodedCertificate(der=signed.public_bytes(Encoding.DER)), key, name)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
