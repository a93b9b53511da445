"""The TLS verify mode on Expressway-C, beside what the traffic server really does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.lab.stories.window import FIX, READINESS, window

Capsys = pytest.CaptureFixture[str]


def test_tls_verify_mode_is_not_enough(tmp_path: Path, capsys: Capsys) -> None:
    """On with a refused subscriber and Off with one: the finding says that neither mode decides, and its page why."""
    with window(tmp_path, capsys, "subscriber-only") as story:
        on = story.type("verify -i INV")
        assert on.code == 9
        assert "TLS verify mode On checks this address at discovery only" in " ".join(on.text.split())
        story.hand("edit", cluster="exp-c", switch="tls_verify_mode", value="Off")
        off = story.type("verify -i INV")
        assert off.code == 9
        assert "TLS verify mode Off exempts nothing" in " ".join(off.text.split())
        assert story.statuses() == {200, 502}
        page = story.type("explain tls-verify-mode-is-not-enough")
        assert page.code == 0
        assert "Changing the TLS verify" in page.text
        assert story.writes() == []


def test_node_that_nobody_judges(tmp_path: Path, capsys: Capsys) -> None:
    """A second Unity Connection node that the inventory lacks is named by its own cluster."""
    with window(tmp_path, capsys, "healthy", "--switch unity_nodes=2") as story:
        clusters = story.lab / "inventory" / "clusters.yml"
        assert "uc-node-not-in-inventory" not in story.type("verify -i INV").text
        document = YAML()
        tree = document.load(clusters)
        del tree["clusters"]["cuc"]["nodes"]["cuc-2"]
        document.dump(tree, clusters)
        text = " ".join(story.type("verify -i INV").text.split())
        assert "uc-node-not-in-inventory" in text
        assert "cuc-2.example.test: address" in text
        assert "state secondary" in text


def test_certificate_reuse(tmp_path: Path, capsys: Capsys) -> None:
    """With reuse both ports of every CUCM node show one serial; without a split no AXL Tomcat is to be restarted."""
    with window(tmp_path, capsys, "healthy", "--switch cert_sharing=reuse --switch tomcat_split=one") as story:
        verify = story.type("verify -i INV")
        assert verify.code == 0
        assert "reuse: 6972 and 8443 show one serial" in verify.text
        assert "multi-server: one upload and restarts on 2 nodes change it" in verify.text
        story.hand("reissue", node="cucm-pub", service="tomcat", names="elsewhere.example.test")
        story.hand("reissue", node="cucm-pub", service="tomcat-ECDSA", names="elsewhere.example.test")
        plan = story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
        assert "restart" in plan.text
        assert "Cisco Tomcat" in plan.text
        assert "Cisco AXL Tomcat" not in plan.text


def test_multi_server_certificates(tmp_path: Path, capsys: Capsys) -> None:
    """A multi-server certificate per service is told as one for both nodes, and as no reuse; AXL Tomcat runs apart."""
    with window(tmp_path, capsys, "healthy", "--switch cert_sharing=multi-san") as story:
        text = story.type("verify -i INV").text
        assert text.count("multi-server: one upload and restarts on 2 nodes change it") == 4
        assert "reuse" not in text
        story.hand("reissue", node="cucm-pub", service="tomcat", names="elsewhere.example.test")
        story.hand("reissue", node="cucm-pub", service="tomcat-ECDSA", names="elsewhere.example.test")
        assert "Cisco AXL Tomcat" in story.type(f"plan {FIX} -i INV -o HOME/fix.plan").text


def test_ports_as_a_cluster_is_set(tmp_path: Path, capsys: Capsys) -> None:
    """8443 without an ECDSA certificate serves its RSA one to everybody; 6972 that asks for a certificate is no port
    that is down: what it served is judged, and whether it takes the peers' own is the other direction."""
    with window(tmp_path, capsys, "healthy", "--switch https_ciphers=rsa-only --switch mtls_port=6972") as story:
        verify = story.type("verify -i INV")
        assert verify.code == 0, verify.text
        assert story.type("collect -i INV -o HOME/now.capture").code == 0
        capture = json.loads((tmp_path / "now.capture").read_text(encoding="utf-8"))
        probes = {
            (origin["port"], probe["kind"]): probe
            for origin in capture["origins"]
            if origin["host"] == "cucm-pub"
            for probe in origin["probes"]["value"]
        }
        assert [bool(probes[8443, kind]["chain"]) for kind in ("rsa", "ecdsa", "as-client")] == [True, False, True]
        assert {kind for port, kind in probes if probes[port, kind]["asks_client_certificate"]} == {
            "rsa", "ecdsa", "as-client"
        }  # fmt: skip
        assert probes[6972, "as-client"]["chain"]
        assert story.statuses() == {200}


@pytest.mark.parametrize(("source", "code"), [("os_fqdn", 9), ("processnode", 4)])
def test_names_in_a_certificate_are_read_and_never_foretold(
    tmp_path: Path, capsys: Capsys, source: str, code: int
) -> None:
    """Whether CUCM fills in the operating system's name or the one under System > Server, nobody says: what was issued
    is judged. An address that comes in as an iPAddress entry is not called safe, and the traffic server refuses it."""
    with window(tmp_path, capsys, "seed-server-by-ip", f"--switch san_source={source} --peers 1") as story:
        assert story.type("verify -i INV").code == 9
        for service in ("tomcat", "tomcat-ECDSA", "CallManager", "CallManager-ECDSA"):
            story.hand("reissue", node="cucm-pub", service=service)
        assert story.type("verify -i INV").code == code
        assert 502 in story.statuses()


def test_presence_follows_later(tmp_path: Path, capsys: Capsys) -> None:
    """While the Sync Agent has not brought a new name, IM and Presence tells the old one; it is no node of its own."""
    with window(tmp_path, capsys, "healthy", "--switch sync_agent_lag_s=600 --peers 1") as story:
        story.hand("edit", node="imp-1", name="presence.example.test")
        story.hand("clock", seconds="2")
        assert "uc-node-not-in-inventory" not in story.type("verify -i INV").text


def test_readiness_for_the_owner_of_cucm(tmp_path: Path, capsys: Capsys) -> None:
    """Before the upgrade: the plan changes no name, its report tells whom it concerns and in which order."""
    with window(tmp_path, capsys, "seed-server-by-ip", "--version X14.0.7") as story:
        assert story.type("collect -i INV -o HOME/before.capture").code == 0
        story.type(f"plan {READINESS} -i INV --from HOME/before.capture -o HOME/ready.plan")
        words = f"--from HOME/before.capture -i INV --playbook {READINESS} --format readiness"
        told = story.type(f"report HOME/ready.plan {words}")
        assert told.code == 0
        assert "8 of 12" in told.text
        assert "1. System > Server, in a window of its own" in told.text
        assert "to cucm-pub.example.test" in told.text
        assert told.text.index("System > Server of cucm-pub") < told.text.index("Refresh servers on the configuration")
