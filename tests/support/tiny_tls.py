"""TLS servers of one port with keys made for a test."""

from __future__ import annotations

import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from remediate.model.certificate import EncodedCertificate
from tests.support.tiny_tcp import listening

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Identity:
    """A self-signed certificate and its key."""

    key: Key
    certificate: x509.Certificate

    @property
    def encoded(self) -> EncodedCertificate:
        """As a pin."""
        return EncodedCertificate(der=self.certificate.public_bytes(serialization.Encoding.DER))


def identity(kind: str = "ecdsa", name: str = "tiny.example.test", *, expired: bool = False) -> Identity:
    """A new one."""
    key: Key = ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.now(UTC) - timedelta(days=30)
    end = start + timedelta(days=10 if expired else 3650)
    built = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), start, end)
    return Identity(key, built.sign(key, hashes.SHA256()))


def server_context(*identities: Identity) -> ssl.SSLContext:
    """A context that serves these."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for one in identities:
        with tempfile.NamedTemporaryFile(suffix=".pem") as held:
            pem = serialization.Encoding.PEM
            plain = serialization.NoEncryption()
            key = one.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
            Path(held.name).write_bytes(key + one.certificate.public_bytes(pem))
            context.load_cert_chain(held.name)
    return context


@contextmanager
def serving(context: ssl.SSLContext, talk: Callable[[ssl.SSLSocket], None]) -> Iterator[int]:
    """Shake hands and give the connection to `talk`; yields the port."""

    def handle(connection: socket.socket) -> None:
        with suppress(ssl.SSLError, OSError), context.wrap_socket(connection, server_side=True) as wrapped:
            talk(wrapped)

    with listening(handle) as port:
        yield port
