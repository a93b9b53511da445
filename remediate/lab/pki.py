"""The lab's forge: authorities and certificates that are right, or wrong on purpose.

RSA 2048 keys are slow to make, so leaves draw them from a small pool in turn; two keys drawn one
after the other differ. Authorities have keys of their own. EC keys are made each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from remediate.lab.errors import LabError
from remediate.lab.world import Identity

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
POOL = 8


@dataclass(frozen=True)
class Authority:
    """A CA: its certificate and the key that signs with it."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Request:
    """What a certificate shall say. `names` go into the SAN: IP text as iPAddress, the rest as dNSName."""

    cn: str
    names: tuple[str, ...] = ()
    not_before: timedelta = timedelta(days=-30)
    not_after: timedelta = timedelta(days=700)
    authority: bool = False
    key_identifiers: bool = True


@dataclass
class Forge:
    """Makes keys and certificates around one moment, so that dates are the scenario's own."""

    now: datetime
    _pool: list[rsa.RSAPrivateKey] = field(default_factory=list)
    _drawn: int = 0

    def rsa_key(self) -> rsa.RSAPrivateKey:
        """The next RSA 2048 key of the pool; the pool fills as it is first drawn from."""
        self._drawn += 1
        if len(self._pool) < POOL:
            self._pool.append(rsa.generate_private_key(65537, 2048))
            return self._pool[-1]
        return self._pool[self._drawn % POOL]

    def root(self, cn: str) -> Authority:
        """A self-signed CA with an RSA key of its own."""
        key = rsa.generate_private_key(65537, 2048)
        return Authority(self._sign(Request(cn, authority=True, not_after=timedelta(days=3650)), key, None), key)

    def intermediate(self, cn: str, parent: Authority) -> Authority:
        """A CA issued by `parent`."""
        key = rsa.generate_private_key(65537, 2048)
        wish = Request(cn, authority=True, not_after=timedelta(days=1825))
        return Authority(self._sign(wish, key, parent), key)

    def leaf(self, wish: Request, kind: str = "rsa", issuer: Authority | None = None, *sent: Authority) -> Identity:
        """A server's certificate and key: self-signed without an issuer; `sent` are served after it."""
        key: Key = self.rsa_key() if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(wish, key, issuer)
        chain = (certificate.public_bytes(Encoding.DER), *(authority.der for authority in sent))
        return Identity(private_pem(key), chain)

    def _sign(self, wish: Request, key: Key, issuer: Authority | None) -> x509.Certificate:
        subject = _name(wish.cn)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + wish.not_before)
            .not_valid_after(self.now + wish.not_after)
        )
        for extension, critical in _extensions(wish, key, issuer):
            builder = builder.add_extension(extension, critical)
        return builder.sign(issuer.key if issuer else key, hashes.SHA256())


@dataclass
class Workshop:
    """What issues certificates while a lab runs; `authorities` go by the names that the inventory gives them."""

    forge: Forge
    authorities: dict[str, Authority] = field(default_factory=dict)


def _name(cn: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lab"),
            x509.NameAttribute(NameOID.COMMON_NAME, cn),
        ]
    )


def _extensions(wish: Request, key: Key, issuer: Authority | None) -> list[tuple[x509.ExtensionType, bool]]:
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    found: list[tuple[x509.ExtensionType, bool]] = []
    if wish.authority:
        found += [(x509.BasicConstraints(ca=True, path_length=None), True), (_usage(signs=True), True)]
    else:
        found += [(_usage(signs=False), False), (x509.ExtendedKeyUsage(_PURPOSES), False)]
    if wish.names:
        found.append((x509.SubjectAlternativeName([_general_name(name) for name in wish.names]), False))
    if wish.key_identifiers:
        public = issuer.key.public_key() if issuer else key.public_key()
        found += [(own, False), (x509.AuthorityKeyIdentifier.from_issuer_public_key(public), False)]
    return found


_PURPOSES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def private_pem(key: Key) -> bytes:
    """A private key as unencrypted PKCS #8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def pem(*ders: bytes) -> bytes:
    """Certificates as concatenated PEM, in the order given."""
    return b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders)


def blocks(bundle: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM bundle in order; none where it holds none.

    Raises LabError where a block is not a certificate.
    """
    if b"-----BEGIN CERTIFICATE-----" not in bundle:
        return []
    try:
        return x509.load_pem_x509_certificates(bundle)
    except ValueError as error:
        raise LabError(f"the PEM text holds a block that is not a certificate: {error}") from error


def sha256(certificate: x509.Certificate) -> str:
    """The SHA-256 of the DER, as 64 hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()
