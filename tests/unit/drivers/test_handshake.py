"""What a TLS port shows to probes."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime

import cryptography
import OpenSSL
import pytest

from remediate.drivers import handshake
from remediate.drivers.handshake import Handshakes, Offer
from remediate.model.observed import OriginReading, Probe
from remediate.model.reading import Known, Unknown
from tests.support.tiny_tcp import listening
from tests.support.tiny_tls import Identity, identity, server_context, serving

RSA, ECDSA = identity("rsa"), identity("ecdsa")
NOW = datetime(2026, 11, 30, 22, tzinfo=UTC)
BOTH = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
heard: list[bytes] = []


def keep(connection: ssl.SSLSocket) -> None:
    """Remember any byte of application data."""
    data = connection.recv(1)
    if data:
        heard.append(data)


def captured(port: int, *ciphers: str, seconds: float = 5) -> OriginReading:
    """A capture of a port of the loopback."""
    return Handshakes(lambda: NOW, seconds).capture(None, ("cucm", "pub.example.test", "127.0.0.1", port), ciphers)


def probes(reading: OriginReading) -> dict[str, Probe]:
    """By kind."""
    assert isinstance(reading.probes, Known)
    return {probe.kind: probe for probe in reading.probes.value}


def context(*identities: Identity, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> ssl.SSLContext:
    """A server of at most this version."""
    made = server_context(*identities)
    made.maximum_version = version
    return made


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_kinds_of_key(version: ssl.TLSVersion) -> None:
    """RSA and ECDSA probes each find their certificate, whatever the server would prefer."""
    with serving(context(RSA, ECDSA, version=version), keep) as port:
        found = probes(captured(port, BOTH))
    assert found["rsa"].chain == (RSA.encoded,)
    assert found["ecdsa"].chain == (ECDSA.encoded,)
    assert found["as-client"].ciphers == BOTH
    assert found["as-client"].tls == ("1.3" if version is ssl.TLSVersion.TLSv1_3 else "1.2")
    assert heard == []


def test_one_kind_of_key_only() -> None:
    """Nothing for an offer is an empty chain, not an error."""
    with serving(context(RSA), keep) as port:
        found = probes(captured(port))
    assert found["rsa"].chain == (RSA.encoded,)
    assert found["ecdsa"].chain == ()
    assert found["ecdsa"].tls == ""
    assert set(found) == {"rsa", "ecdsa"}


def test_tls_13_only() -> None:
    """In TLS 1.3 the signature algorithms choose the certificate (pyOpenSSL has no call for them)."""
    served = server_context(RSA, ECDSA)
    served.minimum_version = ssl.TLSVersion.TLSv1_3
    with serving(served, keep) as port:
        found = probes(captured(port))
    versions = f"pyOpenSSL {OpenSSL.__version__}, cryptography {cryptography.__version__}"
    assert found["rsa"].chain == (RSA.encoded,), versions
    assert found["ecdsa"].chain == (ECDSA.encoded,), versions
    assert {probe.tls for probe in found.values()} == {"1.3"}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_f078_server_that_demands_a_client_certificate(version: ssl.TLSVersion) -> None:
    """Its chain is kept though the handshake then fails, and the demand is noted."""
    served = context(RSA, ECDSA, version=version)
    served.verify_mode = ssl.CERT_REQUIRED
    with serving(served, keep) as port:
        found = probes(captured(port, BOTH))
    assert found["rsa"].chain == (RSA.encoded,)
    assert found["ecdsa"].chain == (ECDSA.encoded,)
    assert all(probe.asks_client_certificate for probe in found.values())


def test_no_demand() -> None:
    """A server that asks for no certificate is reported so."""
    with serving(context(RSA), keep) as port:
        assert not probes(captured(port))["rsa"].asks_client_certificate


def test_cipher_order_of_the_client() -> None:
    """The probe as a client gets what its own order asks for."""
    served = context(RSA, ECDSA)
    served.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    with serving(served, keep) as port:
        rsa_first = ":".join(reversed(BOTH.split(":")))
        reading = captured(port, BOTH, rsa_first)
    assert isinstance(reading.probes, Known)
    chains = {probe.ciphers: probe.chain for probe in reading.probes.value if probe.kind == "as-client"}
    assert chains == {BOTH: (ECDSA.encoded,), rsa_first: (RSA.encoded,)}


def test_cipher_string_that_nobody_knows() -> None:
    """It gives no probe; the others stand."""
    with serving(context(RSA), keep) as port:
        assert set(probes(captured(port, "NO-SUCH-CIPHER"))) == {"rsa", "ecdsa"}
    assert handshake.usable("EECDH:EDH:HIGH:-AES256+SHA:!MEDIUM:!LOW:!3DES:!MD5:!PSK:!eNULL:!aNULL")


def test_weak_and_expired_certificates_are_shown() -> None:
    """What a client would refuse is what must be seen."""
    old = identity("rsa", expired=True)
    with serving(context(old), keep) as port:
        assert probes(captured(port))["rsa"].chain == (old.encoded,)


def test_nobody_listens() -> None:
    """A closed port is unknown."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    reading = captured(port)
    assert isinstance(reading.probes, Unknown)
    assert f"127.0.0.1:{port}" in reading.probes.why


def test_port_that_speaks_no_tls() -> None:
    """Plain text in place of a handshake is unknown."""
    with listening(lambda connection: connection.sendall(b"SSH-2.0-x\r\n" * 10)) as port:
        assert isinstance(captured(port).probes, Unknown)


def test_port_that_closes() -> None:
    """A connection closed at once is unknown, not an origin without certificates."""
    with listening(lambda connection: connection.close()) as port:
        assert isinstance(captured(port).probes, Unknown)


def test_port_that_stays_silent() -> None:
    """Silence ends at the deadline."""

    def hold(connection: socket.socket) -> None:
        while connection.recv(4096):
            pass

    with listening(hold) as port:
        reading = captured(port, seconds=0.3)
    assert isinstance(reading.probes, Unknown)
    assert "0.3 s" in reading.probes.why


def test_one_context_per_offer() -> None:
    """Contexts are shared."""
    assert handshake.context_for(Offer("rsa")) is handshake.context_for(Offer("rsa"))
