"""A small PKI on P-256, to be wrong on purpose."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from remediate.model.certificate import Chain, EncodedCertificate, TrustStore
from remediate.model.verdict import ClientProfile, Question

START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
AT = datetime(2026, 6, 1, tzinfo=UTC)
HOST = "cucm-sub-3.corp.example.com"
PROFILE = ClientProfile(cipher_suite=None, openssl="3")
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Holder(NamedTuple):
    """A certificate and its key."""

    certificate: EncodedCertificate
    key: Key
    x509: x509.Certificate


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """One for all: making them is slow."""
    return rsa.generate_private_key(65537, 2048)


def issue(
    cn: str, issuer: Holder | None = None, *, names: tuple[str, ...] = (), ids: bool = True, key: Key | None = None,
    dates: tuple[datetime, datetime] = (START, END), ca: bool | None = None, serial: int | None = None,
) -> Holder:  # fmt: skip
    """A certificate; self-signed without an issuer. `ca` defaults to having no names, `serial` to a random one."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])
    signer = issuer.key if issuer else own
    name = issuer.x509.subject if issuer else subject
    builder = x509.CertificateBuilder(name, subject, own.public_key(), serial or x509.random_serial_number(), *dates)
    builder = builder.add_extension(x509.BasicConstraints(ca if ca is not None else not names, None), critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    if ids:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(authority, critical=False)
    made = builder.sign(signer, hashes.SHA256())
    return Holder(EncodedCertificate(der=made.public_bytes(Encoding.DER)), own, made)


def store(*holders: Holder) -> TrustStore:
    """A trust file of these, in this order."""
    return TrustStore(pem=b"".join(h.certificate.pem for h in holders))


def served(*holders: Holder) -> Chain:
    """A chain of these, leaf first."""
    return tuple(h.certificate for h in holders)


def ask(chain: Chain, trust: TrustStore, host: str = HOST, profile: ClientProfile = PROFILE) -> Question:
    """A question with the usual rest."""
    return Question(chain=chain, trust=trust, profile=profile, host=host, ip="127.0.0.1", at=AT)
