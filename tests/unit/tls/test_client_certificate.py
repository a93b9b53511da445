"""What a UC server that asks for a client certificate says of an Expressway's, beside a real OpenSSL server."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from remediate.model.certificate import Chain, TrustStore
from remediate.model.verdict import Accepted, Rejected, Undetermined
from remediate.tls.client_certificate import accepts_client
from tests.support import forge

AT = datetime.now(UTC).replace(microsecond=0)
ROOT = forge.authority("Edge Root")
MIDDLE = forge.authority("Edge Issuing", ROOT)
PEER = forge.peer("exp-c-1.example.test", MIDDLE)
SERVER_ONLY = forge.leaf("exp-c-1.example.test", ROOT)
STRANGER = forge.authority("Elsewhere")


def store(*issued: forge.Issued) -> TrustStore:
    """A trust store of these."""
    return TrustStore(pem=b"".join(one.certificate.pem for one in issued))


def really(tmp_path: Path, client: forge.Issued, chain: Chain, trusted: TrustStore) -> str:
    """What a real OpenSSL server with that store says at the end of a handshake; empty: it accepts."""
    own = forge.leaf("cucm.example.test", ROOT)
    served, sent = tmp_path / "server.pem", tmp_path / "client.pem"
    served.write_bytes(_key(own) + own.certificate.pem)
    sent.write_bytes(_key(client) + b"".join(c.pem for c in chain))
    server, wants = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(served)
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(cadata=trusted.pem.decode())
    wants.load_cert_chain(sent)
    wants.check_hostname = False
    wants.load_verify_locations(cadata=ROOT.certificate.pem.decode())
    return _met(server, wants)


def _key(issued: forge.Issued) -> bytes:
    return issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _met(server: ssl.SSLContext, client: ssl.SSLContext) -> str:
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (server.wrap_bio(up, down, server_side=True), client.wrap_bio(down, up))
    for _ in range(6):
        for end in reversed(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return ""


@pytest.mark.parametrize(
    ("client", "sent", "trusted", "number"),
    [
        (PEER, (PEER, MIDDLE), (ROOT,), None),
        (PEER, (PEER,), (ROOT, MIDDLE), None),
        (PEER, (PEER,), (ROOT,), 20),
        (PEER, (PEER, MIDDLE), (STRANGER,), 20),
        (PEER, (PEER, MIDDLE, ROOT), (STRANGER,), 19),
        (SERVER_ONLY, (SERVER_ONLY,), (ROOT,), 26),
    ],
)
def test_agrees_with_a_real_server(
    tmp_path: Path,
    client: forge.Issued,
    sent: tuple[forge.Issued, ...],
    trusted: tuple[forge.Issued, ...],
    number: int | None,
) -> None:
    """The same verdict and the same words as a server that really asks."""
    chain = tuple(one.certificate for one in sent)
    verdict = accepts_client(chain, store(*trusted), AT)
    said = really(tmp_path, client, chain, store(*trusted))
    if number is None:
        assert (verdict, said) == (Accepted(), "")
    else:
        assert isinstance(verdict, Rejected)
        assert (verdict.reasons[0].number, verdict.reasons[0].error) == (number, said)


def test_what_is_missing_is_not_safe() -> None:
    """Without a chain, or with a store that cannot be loaded, nothing is called accepted; an empty one refuses."""
    chain = (PEER.certificate, MIDDLE.certificate)
    assert isinstance(accepts_client((), store(ROOT), AT), Undetermined)
    assert isinstance(accepts_client(chain, TrustStore(pem=b"-----BEGIN CERTIFICATE-----\n"), AT), Undetermined)
    assert isinstance(accepts_client(chain, TrustStore(pem=b""), AT), Rejected)
