"""Certificates re-issued by hand in a running lab."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from ruamel.yaml import YAML

from remediate.lab.errors import LabError
from tests.lab.simulator.running import client, handshake
from tests.lab.simulator.stock_clients import RunningLab, running

QUICK = {"restart_s": "0.1", "refresh_s": "0.05"}


def steps(lab: RunningLab, port: int) -> list[dict[str, Any]]:
    """A login's steps to the CUCM nodes on one port."""
    return [step for step in lab.hand("login")["steps"] if step["port"] == port and "cucm" in step["name"]]


@pytest.fixture
def no_san(tmp_path: Path) -> Iterator[RunningLab]:
    """The variant whose self-signed certificate lacks the FQDN."""
    with running(tmp_path / "lab", "seed-untrusted-ca-no-san", peers=1, switches=QUICK) as made:
        yield made


def served(lab: RunningLab, node: str, port: int = 8443) -> x509.Certificate:
    """The leaf that a port of a node sends."""
    address = lab.inventory["clusters"]["cucm"]["nodes"][node]["address"]
    return x509.load_der_x509_certificate(handshake(address, port, client()))


def inventory(lab: RunningLab) -> dict[str, Any]:
    """The inventory as it is now."""
    return dict(YAML(typ="safe").load(lab.directory / "inventory" / "clusters.yml"))


def test_path_mended_uncovers_the_name(no_san: RunningLab) -> None:
    """With the leaf trusted the chain holds and the name does not; only a new certificate mends that."""
    trust = no_san.directory / "inventory" / "trust"
    for step in steps(no_san, 6972):
        assert any("WARNING: Core server certificate verification failed" in line for line in step["log"])
    for node in ("cucm-pub", "cucm-sub"):
        no_san.web("exp-c-1").upload((trust / f"{node}-tomcat-ecdsa.pem").read_bytes())
    no_san.hand("restart", peer="exp-c-1")
    for step in steps(no_san, 6972):
        assert step["status"] == 502
        assert any(f"WARNING: SNI ({step['name']}) not in certificate" in line for line in step["log"])
    for node in ("cucm-pub", "cucm-sub"):
        no_san.hand("reissue", node=node, service="tomcat-ECDSA")
    assert [step["status"] for step in steps(no_san, 6972)] == [200, 200]


def test_pins_follow(lab: RunningLab) -> None:
    """A re-issued tomcat keeps its CN, has a new key, and the inventory's pins and files name it."""
    before = served(lab, "cucm-pub")
    digest = lab.hand("reissue", node="cucm-pub", service="tomcat", names="one.test,two.test")["sha256"]
    after = served(lab, "cucm-pub")
    assert after.subject == before.subject
    assert after.public_key() != before.public_key()
    assert after.fingerprint(hashes.SHA256()).hex() == digest
    held = after.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert held.get_values_for_type(x509.DNSName) == ["one.test", "two.test"]
    node = inventory(lab)["clusters"]["cucm"]["nodes"]["cucm-pub"]
    assert node["tls_sha256"] == digest
    pin = lab.directory / "inventory" / node["tls_certificate"]
    assert ssl.PEM_cert_to_DER_cert(pin.read_text()) == ssl.PEM_cert_to_DER_cert(
        ssl.DER_cert_to_PEM_cert(handshake(node["address"], 8443, client()))
    )
    lab.hand("restore", name="start")
    assert inventory(lab) == lab.inventory
    assert served(lab, "cucm-pub") == before


def test_self_signed_one_can_be_trusted(lab: RunningLab) -> None:
    """A new self-signed certificate comes as a file that the inventory names, beside the old one."""
    digest = lab.hand("reissue", node="cucm-pub", service="tomcat-ECDSA", issuer="self")["sha256"]
    entry = inventory(lab)["trusted_certificates"]["cucm-pub-tomcat-ecdsa-reissued"]
    assert entry["sha256"] == digest
    page = lab.web("exp-c-1")
    page.upload((lab.directory / "inventory" / entry["file"]).read_bytes())
    assert lab.state("exp-c-1")["listed"][-1] == digest


def test_multi_server_certificate(tmp_path: Path) -> None:
    """One multi-server certificate is re-issued for all its nodes, its intermediate sent along."""
    with running(tmp_path / "lab", "multi-server-san", peers=1, switches=QUICK) as lab:
        names = ["cucm-pub", "cucm-sub", *(f"{host}.example.test" for host in ("cucm-pub", "cucm-sub", "cucm-ms"))]
        for service in ("tomcat", "tomcat-ECDSA", "CallManager", "CallManager-ECDSA"):
            lab.hand("reissue", node="cucm-sub", service=service, names=",".join(names), issuer="lab-issuing")
        assert served(lab, "cucm-pub") == served(lab, "cucm-sub")
        assert {step["status"] for step in steps(lab, 8443) + steps(lab, 6972)} == {200}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"node": "cucm-pub"}, "reissue needs service"),
        ({"node": "nobody", "service": "tomcat"}, "no UC node nobody"),
        ({"node": "imp-1", "service": "CallManager"}, "has no certificate CallManager: choose one of tomcat"),
        ({"node": "cucm-pub", "service": "tomcat", "issuer": "nobody"}, "choose one of lab-root, lab-issuing, self"),
    ],
)
def test_refusals(lab: RunningLab, arguments: dict[str, str], said: str) -> None:
    """What cannot be issued is refused with the choices."""
    with pytest.raises(LabError, match=said):
        lab.hand("reissue", **arguments)
