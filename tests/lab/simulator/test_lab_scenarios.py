"""The scenarios' worlds, looked at with OpenSSL and without any server."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from OpenSSL import crypto

from remediate.lab.build import Shape
from remediate.lab.errors import LabError
from remediate.lab.expressway.refresh import served
from remediate.lab.pki import blocks
from remediate.lab.scenarios import SCENARIOS, named
from remediate.lab.world import VERIFY_ORIGIN, UcNode, World

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TRUSTED, CHAIN, DATE = "trusted", "chain", "date"


def world(name: str, peers: int = 2, clusters: int = 1) -> World:
    """A scenario's world, small."""
    return named(name).build(name, Shape(now=NOW, peers=peers, clusters=clusters))


def judged(made: World, node: UcNode, name: str) -> str:
    """What OpenSSL says of one of a node's certificates with its first peer's loaded list."""
    cluster = next(one for one in made.expressways if node in [n for uc in served(made, one) for n in uc.nodes])
    store = crypto.X509Store()
    for certificate in blocks(cluster.peers[0].loaded):
        store.add_cert(crypto.X509.from_cryptography(certificate))
    store.set_time(NOW.replace(tzinfo=None))
    chain = [x509.load_der_x509_certificate(der) for der in node.certificates[name].chain]
    leaf, *sent = [crypto.X509.from_cryptography(certificate) for certificate in chain]
    try:
        crypto.X509StoreContext(store, leaf, sent).verify_certificate()
    except crypto.X509StoreContextError as error:
        return DATE if "expired" in str(error) else CHAIN
    return TRUSTED


def names(node: UcNode, certificate: str) -> set[str]:
    """The dNSNames of a certificate."""
    leaf = x509.load_der_x509_certificate(node.certificates[certificate].chain[0])
    held = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(held.get_values_for_type(x509.DNSName))


def cn(node: UcNode, certificate: str) -> str:
    """The subject's CN."""
    leaf = x509.load_der_x509_certificate(node.certificates[certificate].chain[0])
    return str(leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def served_names(node: UcNode) -> set[str]:
    """Which certificates a node's ports serve."""
    return {name for binding in node.bindings for name in (binding.rsa, binding.ecdsa) if name}


def failing(made: World) -> set[tuple[str, str, str]]:
    """Every served certificate that OpenSSL refuses or that lacks the name asked for."""
    found = set()
    for node in [node for uc in made.ucs for node in uc.nodes]:
        for name in served_names(node):
            why = judged(made, node, name)
            if why == TRUSTED and node.db_name not in names(node, name):
                why = "name"
            if why != TRUSTED:
                found.add((node.key, name, why))
    return found


BOTH = ("cucm-pub", "cucm-sub")
FOUR = ("tomcat", "tomcat-ECDSA", "CallManager", "CallManager-ECDSA")
EXPECTED: dict[str, set[tuple[str, str, str]]] = {
    "healthy": set(),
    "client-certificate": set(),
    "seed-untrusted-ca": {(node, "tomcat-ECDSA", CHAIN) for node in BOTH},
    "seed-untrusted-ca-no-san": {(node, "tomcat-ECDSA", CHAIN) for node in BOTH},
    "workaround-active": {(node, "tomcat-ECDSA", CHAIN) for node in BOTH},
    "seed-server-by-ip": {("cucm-pub", name, "name") for name in FOUR},
    "missing-intermediate": {
        *((node, "tomcat", CHAIN) for node in (*BOTH, "imp-1", "cuc-1")),
        *((node, "CallManager", CHAIN) for node in BOTH),
    },
    "subscriber-only": {("cucm-sub", name, CHAIN) for name in FOUR},
    "multi-server-san": {(node, name, "name") for node in BOTH for name in FOUR},
    "duplicate-cn": {(node, "CallManager", CHAIN) for node in BOTH},
    "expired": {("cucm-pub", "tomcat", DATE)},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_fails(name: str) -> None:
    """A scenario is wrong in what its sentence says, and nowhere else."""
    assert failing(world(name)) == EXPECTED[name]


def test_every_scenario_is_judged() -> None:
    """No scenario goes without an expectation; `mixed` is made of the others."""
    assert set(SCENARIOS) == {*EXPECTED, "mixed"}
    assert all(scenario.sentence.endswith(".") for scenario in SCENARIOS.values())


def test_seed_names() -> None:
    """The seed's certificate has its CN, and its SAN the FQDN in the one variant only."""
    for name, held in (("seed-untrusted-ca", True), ("seed-untrusted-ca-no-san", False)):
        publisher = world(name).ucs[0].nodes[0]
        assert cn(publisher, "tomcat-ECDSA") == "cucm-EC.example.test"
        assert (publisher.fqdn in names(publisher, "tomcat-ECDSA")) is held


def test_multi_server_cn() -> None:
    """The multi-server CN is no node's name, and its SAN holds both nodes."""
    cucm = world("multi-server-san").ucs[0]
    assert cn(cucm.nodes[0], "tomcat") == "cucm-ms.example.test"
    assert {node.fqdn for node in cucm.nodes} < names(cucm.nodes[1], "tomcat")


def test_duplicate_cn_twins() -> None:
    """The twins have one subject and two keys, and neither has key identifiers."""
    node = world("duplicate-cn").ucs[0].nodes[0]
    first, second = (x509.load_der_x509_certificate(node.certificates[n].chain[0]) for n in ("tomcat", "CallManager"))
    assert first.subject == second.subject
    assert first.public_key() != second.public_key()
    with pytest.raises(x509.ExtensionNotFound):
        first.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)


def test_workaround_is_off() -> None:
    """VerifyOriginServer is Off on every Expressway-C peer, so nothing is checked."""
    cluster = world("workaround-active", peers=3).expressways[0]
    assert [peer.settings[VERIFY_ORIGIN] for peer in cluster.peers] == ["Off"] * 3
    assert cluster.policy(cluster.peers[0]) == "DISABLED"


def test_mixed() -> None:
    """Each cluster has its own fault and its own names."""
    made = world("mixed")
    found = failing(made)
    words = {key.split("-")[0]: why for key, _, why in found}
    assert words == {"amber": CHAIN, "birch": "name", "cedar": CHAIN}
    wanted = [f"{word}-exp-c" for word in ("amber", "birch", "cedar", "delta")]
    assert [one.name for one in made.expressways] == [*wanted, "exp-e"]


@pytest.mark.parametrize(
    ("version", "exists", "policy"),
    [
        ("X12.7", False, "DISABLED"),
        ("X14.0.7", False, "DISABLED"),
        ("X14.0.8", False, "DISABLED"),
        ("X14.2.5", True, "ENFORCED"),
        ("X15.0", True, "ENFORCED"),
    ],
)
def test_version_gates(version: str, exists: bool, policy: str) -> None:
    """The setting exists, and origins are verified, from X14.2 on."""
    made = named("healthy").build("healthy", Shape(now=NOW, version=version))
    cluster = made.expressways[0]
    assert (VERIFY_ORIGIN in cluster.peers[0].settings) is exists
    assert cluster.policy(cluster.peers[0]) == policy


def test_many_clusters() -> None:
    """Every host has an address and a name of its own, however many there are."""
    made = world("healthy", clusters=60, peers=6)
    hosts = [peer.address for one in made.expressways for peer in one.peers]
    hosts += [node.address for uc in made.ucs for node in uc.nodes]
    assert len(set(hosts)) == len(hosts) == 60 * 10 + 1
    assert len({one.name for one in made.expressways}) == 61


def test_unknown_scenario() -> None:
    """A name that is none lists those that are."""
    with pytest.raises(LabError, match="healthy"):
        named("nothing")
