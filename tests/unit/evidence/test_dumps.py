"""What a bundle says of its peer."""

from __future__ import annotations

import base64

import pytest

from remediate.evidence.dumps import Node, asked_in, kind_of, peer_reading, stands_for
from remediate.model.observed import UC_CLIENT_CIPHERS, VERIFY_ORIGIN_SERVER
from remediate.model.reading import Known, Unknown
from tests.support import forge
from tests.support.scenes import AT, Scene

STATUS = """*s SystemUnit: /
  Uptime: "3600"
  SystemTime: "2026-11-24 01:59:00"
  Software: /
    Version: "{version}"
  Hardware: /
    SerialNumber: "SN1"
*s/end
*s Alternates: /
  ConfigurationPrimary: "1"
  Peer 1: /
    Address: "10.0.0.1"
    Local: "True"
  Peer 2: /
    Address: "10.0.0.2"
*s/end
*s Zones: /
  Zone 1: /
    Name: "CEtcp-cucm-pub.example.test"
*s/end
*s Alarm: /
*s/end
"""
SETTINGS = '*c xConfiguration Ciphers UcClientTLSCiphers Value: "HIGH"\n*c xConfiguration SystemUnit Name: "exp-c-1"\n'
SCENE = Scene()
CLUSTER = SCENE.inventory.cluster("exp-c")
HOST = CLUSTER.hosts[0]


def node(version: str = "X14.2.5", more: str = "", **parts: object) -> Node:
    """A bundle of exp-c-1."""
    made = Node("b.tar.gz", settings=SETTINGS + more, status=STATUS.format(version=version))
    for name, part in parts.items():
        setattr(made, name, part)
    return made


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("xconf_dump_exp-c-1_2026.txt", "settings"),
        ("a/b/xstat_dump_exp-c-1.txt", "status"),
        ("ca_exp-c-1_2026.pem", "trust"),
        ("server_exp-c-1.pem", "own"),
        ("eth0_diagnostic_logging_tcpdump0_x.pcap", "packets"),
        ("loggingsnapshot_exp-c-1/traffic_server.log", "log"),
        ("readme.txt", None),
        ("application.pem", None),
    ],
)
def test_kind(name: str, kind: str | None) -> None:
    """A member is told by its name."""
    assert kind_of(name) == kind


def test_reading() -> None:
    """Version, start, clock, peers, primary, zones and settings, as the shell would have said them."""
    ca = forge.authority("Corp Root").certificate
    peer = peer_reading(
        CLUSTER, HOST, node(more=f'*c xConfiguration {VERIFY_ORIGIN_SERVER}: "off"\n', trust=ca.pem), AT
    )
    assert isinstance(peer.product, Known)
    assert (peer.product.value.version, peer.product.value.serial) == ("X14.2.5", "SN1")
    assert peer.product.value.started_at.isoformat() == "2026-11-24T00:59:00+00:00"
    assert isinstance(peer.view, Known)
    assert (peer.view.value.peers, peer.view.value.primary) == (("10.0.0.1", "10.0.0.2"), 1)
    assert peer.zones == Known(value=("CEtcp-cucm-pub.example.test",))
    assert peer.setting(UC_CLIENT_CIPHERS) == Known(value="HIGH")
    assert peer.setting(VERIFY_ORIGIN_SERVER) == Known(value="Off")
    assert isinstance(peer.trust, Known)
    assert peer.trust.value.sha256s == (ca.sha256,)


def test_not_listed() -> None:
    """A setting that the dump does not list is absent before X14.2; from it on it may be hidden, so unknown."""
    old, new = (peer_reading(CLUSTER, HOST, node(version), AT) for version in ("X14.0.7", "X15.0"))
    before, since = old.setting(VERIFY_ORIGIN_SERVER), new.setting(VERIFY_ORIGIN_SERVER)
    assert before == Known(value=None)
    assert isinstance(since, Unknown)
    assert "--xconfig" in since.why


def test_empty_bundle() -> None:
    """A bundle without dumps leaves everything unknown, each with the way to it."""
    peer = peer_reading(CLUSTER, HOST, Node("b.zip"), AT)
    for reading in (peer.product, peer.view, peer.zones, peer.setting(UC_CLIENT_CIPHERS)):
        assert isinstance(reading, Unknown)
        assert "collect -i INV" in reading.why
    assert isinstance(peer.trust, Unknown)
    assert f"--trust {HOST.name}=FILE" in peer.trust.why


def test_whose() -> None:
    """A bundle is of the peer whose name it carries, or whose address its status calls local; of no other."""
    first, second = CLUSTER.hosts
    assert (stands_for(first, node()), stands_for(second, node())) == (True, False)


def test_asked() -> None:
    """Names and ports come out of Expressway's base64 form, however the blocks fall."""
    form = base64.b64encode(b"example.test/https/cucm-pub.example.test/6972").decode().rstrip("=")
    line = f'x Detail="Receive Request" Msg="GET http://vcs_control.example.test:8443/{form}/CSFx.cnf.xml HTTP/1.1"\n'
    raw = (line * 40).encode()
    blocks = [raw[i : i + 97] for i in range(0, len(raw), 97)]
    assert set(asked_in(blocks)) == {("cucm-pub.example.test", 6972)}
