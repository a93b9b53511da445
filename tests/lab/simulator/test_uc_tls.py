"""The TLS ports of the lab's UC nodes, seen by stock clients."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from OpenSSL import SSL, crypto

from remediate.lab.errors import LabError
from remediate.lab.uc.contexts import Contexts, offer
from remediate.lab.world import Identity, PortBinding
from tests.lab.simulator.running import Running, client, handshake, lab

RSA = "ECDHE-RSA-AES256-GCM-SHA384"
ECDSA = "ECDHE-ECDSA-AES256-GCM-SHA384"


@pytest.fixture
def healthy(tmp_path: Path) -> Iterator[Running]:
    """A running world in which nothing is wrong."""
    with lab("healthy", tmp_path) as running:
        yield running


def served(running: Running, ciphers: str, port: int = 8443) -> bytes:
    """The publisher's leaf for one cipher list."""
    return handshake(running.publisher.address, port, client(ciphers))


@pytest.mark.parametrize(
    ("port", "ciphers", "name"),
    [
        (8443, RSA, "tomcat"),
        (8443, ECDSA, "tomcat-ECDSA"),
        (6972, RSA, "CallManager"),
        (6972, ECDSA, "CallManager-ECDSA"),
        (8443, f"{RSA}:{ECDSA}", "tomcat"),
        (8443, f"{ECDSA}:{RSA}", "tomcat-ECDSA"),
    ],
)
def test_the_clients_cipher_order_chooses_the_certificate(healthy: Running, port: int, ciphers: str, name: str) -> None:
    """A TLS 1.2 client that prefers RSA gets the RSA certificate of that port, else the ECDSA one."""
    assert served(healthy, ciphers, port) == healthy.publisher.certificates[name].chain[0]


def test_the_servers_preference_overrules_the_client(healthy: Running) -> None:
    """With `server` preference the server's own cipher order chooses."""
    binding = healthy.binding(8443)

    def prefer() -> None:
        binding.cipher_preference, binding.ciphers = "server", f"{ECDSA}:{RSA}:@SECLEVEL=0"

    healthy.change(prefer)
    assert served(healthy, f"{RSA}:{ECDSA}") == healthy.publisher.certificates["tomcat-ECDSA"].chain[0]


def test_openssl_reads_the_chain_as_it_is_held(healthy: Running) -> None:
    """`openssl s_client -showcerts` shows exactly the identity's chain, in order."""
    openssl = shutil.which("openssl")
    assert openssl is not None
    command = [
        openssl,
        "s_client",
        "-connect",
        f"{healthy.publisher.address}:8443",
        "-cipher",
        RSA,
        "-showcerts",
    ]
    shown = subprocess.run([*command, "-tls1_2"], input=b"", capture_output=True, timeout=30, check=False).stdout
    blocks = shown.split(b"-----BEGIN CERTIFICATE-----")[1:]
    ders = [
        ssl.PEM_cert_to_DER_cert(
            f"-----BEGIN CERTIFICATE-----{block.decode().split('-----END')[0]}-----END CERTIFICATE-----"
        )
        for block in blocks[: len(healthy.publisher.certificates["tomcat"].chain)]
    ]
    assert tuple(ders) == healthy.publisher.certificates["tomcat"].chain


def test_a_wrong_chain_is_sent_as_it_is(healthy: Running) -> None:
    """A stranger's certificate and a repeated one behind the leaf reach the client in that order."""
    held = healthy.publisher.certificates["tomcat"]
    stranger = healthy.world.ucs[1].nodes[0].certificates["tomcat"].chain[0]
    wrong = Identity(held.key_pem, (held.chain[0], stranger, held.chain[1], stranger))
    healthy.change(lambda: healthy.publisher.certificates.update(tomcat=wrong))
    assert sent_chain(healthy.publisher.address, 8443) == wrong.chain


def test_a_leaf_alone_stays_alone(healthy: Running) -> None:
    """Nothing completes a chain that lacks its intermediate, even where client certificates are asked for."""
    held = healthy.publisher.certificates["tomcat"]
    bare = Identity(held.key_pem, held.chain[:1])

    def spoil() -> None:
        healthy.publisher.certificates["tomcat"] = bare
        healthy.binding(8443).asks_client_certificate = True

    healthy.change(spoil)
    assert sent_chain(healthy.publisher.address, 8443) == bare.chain


def test_tls_1_3_only_where_it_is_on(healthy: Running) -> None:
    """A port speaks TLS 1.3 with its switch on, TLS 1.2 without."""

    def version() -> str | None:
        context = client(tls13=True)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        address = (healthy.publisher.address, 8443)
        with socket.create_connection(address, 10) as raw, context.wrap_socket(raw) as tls:
            return tls.version()

    assert version() == "TLSv1.2"
    healthy.change(lambda: setattr(healthy.binding(8443), "tls13", True))
    assert version() == "TLSv1.3"


def test_a_killed_node_refuses_and_a_revived_one_answers(healthy: Running) -> None:
    """A node that is down gives no handshake; once up again it serves."""
    healthy.change(lambda: setattr(healthy.publisher, "alive", False))
    with pytest.raises(OSError):  # noqa: PT011  reset or end of file, as the moment has it
        served(healthy, RSA)
    healthy.change(lambda: setattr(healthy.publisher, "alive", True))
    assert served(healthy, RSA) == healthy.publisher.certificates["tomcat"].chain[0]


def test_a_new_certificate_is_served_at_once(healthy: Running) -> None:
    """The next connection after a change of certificate gets the new one."""
    other = healthy.cucm.nodes[1].certificates["tomcat"]
    before = served(healthy, RSA)
    healthy.change(lambda: healthy.publisher.certificates.update(tomcat=other))
    assert served(healthy, RSA) == other.chain[0] != before


def test_a_ports_binding_may_be_replaced(healthy: Running) -> None:
    """A listener follows the node's bindings, not the object that it began with."""
    healthy.change(lambda: setattr(healthy.publisher, "bindings", [PortBinding(8443, "CallManager", None)]))
    assert served(healthy, RSA) == healthy.publisher.certificates["CallManager"].chain[0]
    with pytest.raises(OSError):  # noqa: PT011  nothing is bound to the other port any more
        served(healthy, RSA, 6972)


def test_no_key_stays_on_disk(healthy: Running) -> None:
    """Keys pass through files only while OpenSSL loads them."""
    served(healthy, RSA)
    assert list((healthy.directory / "keys").iterdir()) == []


def test_a_peers_certificate_is_accepted_and_a_strangers_is_not(healthy: Running, tmp_path: Path) -> None:
    """A port that asks for a client certificate accepts an Expressway's and ends the handshake on any other."""
    healthy.change(lambda: setattr(healthy.binding(6972), "asks_client_certificate", True))
    peer, stranger = healthy.edge.peers[0].tls, healthy.world.ucs[1].nodes[0].certificates["tomcat"]
    address = healthy.publisher.address
    assert handshake(address, 6972, presenting(peer, tmp_path))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(address, 6972, presenting(stranger, tmp_path))


def test_a_binding_without_its_certificate_says_so(healthy: Running, tmp_path: Path) -> None:
    """A port bound to a certificate that the node lacks is an error with the node's name."""
    binding = healthy.binding(8443)
    binding.rsa = "nothing"
    with pytest.raises(LabError, match=rf"{healthy.publisher.key} port 8443.*nothing"):
        offer(healthy.world, healthy.publisher, 8443)
    assert Contexts(tmp_path / "made").directory.is_dir()


def presenting(identity: Identity, directory: Path) -> ssl.SSLContext:
    """A TLS 1.2 client that presents an identity."""
    file = directory / "client.pem"
    file.write_bytes(identity.key_pem + ssl.DER_cert_to_PEM_cert(identity.chain[0]).encode())
    context = client(RSA)
    context.load_cert_chain(file)
    return context


def sent_chain(address: str, port: int) -> tuple[bytes, ...]:
    """The chain as a server sends it, unjudged."""
    context = SSL.Context(SSL.TLSv1_2_METHOD)
    context.set_cipher_list(RSA.encode())
    with socket.create_connection((address, port), 10) as raw:
        raw.settimeout(None)
        connection = SSL.Connection(context, raw)
        connection.set_connect_state()
        connection.do_handshake()
        chain = connection.get_peer_cert_chain() or []
    return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in chain)
