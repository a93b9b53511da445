"""Certificates that ports share, and those that get in each other's way."""

from __future__ import annotations

import json

from remediate.model.certificate import Chain
from remediate.model.observed import Probe
from remediate.model.reading import Known
from remediate.report import as_json
from remediate.report.as_text.shared import shared
from remediate.tls.describe import describe
from tests.support import forge
from tests.support.scenes import PUB, SUB, Scene, fqdn

ROOT = forge.authority("Corp Root")
PORTS = tuple((host, port) for host in (PUB, SUB) for port in (8443, 6972))


def own(name: str, *, by_itself: bool = False) -> forge.Issued:
    """A new certificate."""
    return forge.leaf(name, None if by_itself else ROOT, (name,), identifiers=not by_itself)


def probe(chain: Chain) -> Probe:
    """What a handshake with RSA showed."""
    return Probe(kind="rsa", ciphers="", tls="1.2", chain=chain)


def test_separate() -> None:
    """A certificate per port, CA-signed with one CN per node: nothing to tell."""
    served: dict[tuple[str, int], Chain] = {place: (own(fqdn(place[0])).certificate,) for place in PORTS}
    assert shared(Scene(root=ROOT, served=served).observed) == ""


def test_multi_server() -> None:
    """One per service on every node is multi-server and no reuse; its serial is told once."""
    by_port = {port: own("cucm-ms.example.test").certificate for port in (8443, 6972)}
    text = shared(Scene(root=ROOT, served={(host, port): (by_port[port],) for host, port in PORTS}).observed)
    assert text.count("multi-server: one upload and restarts on 2 nodes change it") == 2
    assert "reuse" not in text
    assert all(text.count(f"serial {describe(leaf.der).serial}") == 1 for leaf in by_port.values())


def test_of_a_fleet_the_first_are_told() -> None:
    """More certificates than fill a screen are counted."""
    pairs = [(f"cucm-{n}", own(f"cucm-{n}.example.test").certificate) for n in range(25)]
    served: dict[tuple[str, int], Chain] = {(host, port): (leaf,) for host, leaf in pairs for port in (8443, 6972)}
    observed = Scene(root=ROOT).observed
    first = observed.origins[0]
    origins = tuple(
        first.model_copy(update={"host": host, "port": port, "probes": Known(value=(probe(chain),))})
        for (host, port), chain in served.items()
    )
    text = shared(observed.model_copy(update={"origins": origins}))
    assert text.count("reuse: 6972 and 8443 show one serial") == 20
    assert "  … and 5 more (--json has all)\n" in text


def test_for_machines() -> None:
    """`verify --json` has the same as data."""
    leaf = own("cucm-ms.example.test").certificate
    scene = Scene(root=ROOT, served=dict.fromkeys(PORTS, (leaf,)))
    (one,) = json.loads(as_json.verify((), (), scene.observed))["shared_certificates"]
    assert (one["sha256"], one["nodes"], one["reuse"]) == (leaf.sha256, [PUB, SUB], [6972, 8443])
    assert [tuple(port) for port in one["ports"]] == [("cucm", host, port) for host, port in PORTS]


def test_reuse() -> None:
    """Two ports of one node that show one serial."""
    leaf = own("cucm-ms.example.test").certificate
    text = shared(Scene(root=ROOT, served=dict.fromkeys(PORTS, (leaf,))).observed)
    assert "reuse: 6972 and 8443 show one serial" in text
    assert "cucm-pub:8443, cucm-pub:6972, cucm-sub:8443, cucm-sub:6972" in text


def test_reuse_not_everywhere() -> None:
    """A node on which another port still shows its own certificate is named."""
    one: Chain = (own("cucm-ms.example.test").certificate,)
    scene = Scene(root=ROOT, served=dict.fromkeys(PORTS, one) | {(PUB, 6972): (own(fqdn(PUB)).certificate,)})
    assert "reuse: 6972 and 8443 show one serial on cucm-sub, not on cucm-pub" in shared(scene.observed)


def test_self_signed_with_one_cn() -> None:
    """Different self-signed certificates with one CN on one node are a pair; the same one on both ports is none."""
    one, other = (own(fqdn(PUB), by_itself=True).certificate for _ in range(2))
    rest = {(SUB, port): (own(f"{port}.example.test").certificate,) for port in (8443, 6972)}
    observed = Scene(root=ROOT, served={(PUB, 8443): (one,), (PUB, 6972): (other,), **rest}).observed
    serials = tuple(describe(leaf.der).serial for leaf in (other, one))
    assert f"{PUB}: {fqdn(PUB)}: 6972 serial {serials[0]}, 8443 serial {serials[1]}" in shared(observed)
    (twins,) = json.loads(as_json.verify((), (), observed))["self_signed_twins"]
    assert [(twin["serial"], twin["port"]) for twin in twins] == [
        (serial, ["cucm", PUB, port]) for serial, port in zip(serials, (6972, 8443), strict=True)
    ]
    same = shared(Scene(root=ROOT, served={(PUB, 8443): (one,), (PUB, 6972): (one,), **rest}).observed)
    assert "only one of each pair" not in same
