"""The other direction: would a UC server that asks for a client certificate accept this one?

The same replay as for the traffic server, turned round: a real OpenSSL server on memory buffers, asking
for a certificate with the collected trust store as its anchors, is handed the captured chain. It verifies
the path, for the purpose `sslclient`, before any signature by the client's key.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from OpenSSL import SSL

from remediate.model.certificate import Chain, TrustStore
from remediate.model.verdict import Accepted, Reason, Rejected, Undetermined
from remediate.tls import texts, trust
from remediate.tls.client import Seen
from remediate.tls.replay import certificate_records
from remediate.tls.selection import throw_away
from remediate.tls.trust import Anchors

LEVEL = 1
"""Security level: OpenSSL 1.1.1's own. What CUCM sets is not known."""


@lru_cache(maxsize=4096)
def accepts_client(chain: Chain, store: TrustStore, at: datetime) -> Accepted | Rejected | Undetermined:
    """A UC server's verdict on a client's chain. `Undetermined` where its trust store cannot be loaded; an empty
    one accepts nobody."""
    if not chain:
        return Undetermined(missing=("the certificate of the client",))
    try:
        anchors = trust.load(store.pem) if store.pem else Anchors((), {})
    except (trust.BrokenTrustFile, trust.UnclearTrustFile) as error:
        return Undetermined(missing=(f"the trust store: {error}",))
    seen: list[Seen] = []
    broken_off = _handed(_server(anchors, at, seen), chain)
    errors = [(number, depth) for number, depth, _ in seen if number]
    if errors:
        return Rejected(reasons=tuple(_reason(number, depth) for number, depth in dict.fromkeys(errors)))
    if broken_off:
        return Rejected(reasons=(Reason(kind="tls", error=broken_off),))
    return Accepted()


def _reason(number: int, depth: int) -> Reason:
    return Reason(kind="chain", number=number, error=texts.error_text("3", number), depth=depth)


def _server(anchors: Anchors, at: datetime, seen: list[Seen]) -> SSL.Connection:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(f"ALL:@SECLEVEL={LEVEL}".encode())
    key, certificate = throw_away("ecdsa")
    context.use_privatekey(key)
    context.use_certificate(certificate)
    store = context.get_cert_store()
    assert store is not None, "OpenSSL makes a store with every context"
    store.set_time(at)
    for anchor in anchors.certificates:
        store.add_cert(anchor)

    def note(_connection: SSL.Connection, seen_certificate: object, number: int, depth: int, _ok: int) -> bool:
        seen.append((number, depth, seen_certificate))  # type: ignore[arg-type]
        return True

    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, note)
    return SSL.Connection(context, None)


def _handed(server: SSL.Connection, chain: Chain) -> str:
    """Bring the server to where it waits for a certificate and hand it this one; why it broke off, if it did."""
    client = SSL.Connection(_client(), None)
    client.set_connect_state()
    server.set_accept_state()
    with suppress(SSL.WantReadError):
        client.do_handshake()
    server.bio_write(client.bio_read(65536))
    with suppress(SSL.WantReadError):
        server.do_handshake()
    server.bio_write(certificate_records(chain))
    try:
        server.do_handshake()
    except SSL.WantReadError:
        return ""
    except SSL.Error as error:
        return trust.reason(error)
    return ""


@lru_cache(maxsize=1)
def _client() -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    return context
