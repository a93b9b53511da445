"""What no write of this tool mends: it says what a person has to do, and sees when it was done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.stories.window import FIX, window

Capsys = pytest.CaptureFixture[str]


def test_the_other_direction(tmp_path: Path, capsys: Capsys) -> None:
    """Every connection is good and logins fail all the same: CUCM refuses the peers' own certificate."""
    with window(tmp_path, capsys, "client-certificate") as story:
        assert story.statuses() == {200, 502}
        verify = story.type("verify -i INV")
        assert verify.code == 9
        assert "client-certificate-refused" in verify.text
        assert "12 good" in verify.text
        plan = story.type(f"plan {FIX} -i INV")
        assert plan.code == 7
        assert "into tomcat-trust and into CallManager-trust" in plan.text
        story.hand("trust", uc="cucm", store="CallManager-trust", ca="lab-root")
        assert story.type("verify -i INV").code == 0
        assert story.statuses() == {200}
        assert story.type(f"plan {FIX} -i INV").code == 0


@pytest.mark.parametrize(
    ("scenario", "renewed", "words"),
    [
        ("expired", (("cucm-pub", "tomcat"),), "renew the certificate on cucm-pub"),
        (
            "seed-untrusted-ca-no-san",
            (("cucm-pub", "tomcat-ECDSA"), ("cucm-sub", "tomcat-ECDSA")),
            "Certificate Purpose tomcat-ECDSA, Distribution this server",
        ),
        (
            "duplicate-cn",
            (("cucm-pub", "CallManager"), ("cucm-sub", "CallManager")),
            "Certificate Purpose CallManager, Distribution this server",
        ),
    ],
)
def test_certificates_that_must_be_issued_anew(
    tmp_path: Path, capsys: Capsys, scenario: str, renewed: tuple[tuple[str, str], ...], words: str
) -> None:
    """The plan is blocked with what to do in words; once the certificate is issued anew, logins work and nothing is
    left to do."""
    with window(tmp_path, capsys, scenario) as story:
        assert story.statuses() == {200, 502}
        plan = story.type(f"plan {FIX} -i INV")
        assert plan.code == 7
        assert words in plan.text
        for node, service in renewed:
            story.hand("reissue", node=node, service=service)
        assert story.type("verify -i INV").code == 0
        assert story.statuses() == {200}
        assert "No changes" in story.type(f"plan {FIX} -i INV").text


def test_uc_service_by_address(tmp_path: Path, capsys: Capsys) -> None:
    """Voicemail is asked for by the name that its UC Service holds; an address there fails, and that is what to
    change: the certificate holds the node's own name."""
    with window(tmp_path, capsys, "healthy") as story:
        address = story.hand("state")["nodes"]["cuc-1"]["address"]
        story.hand("edit", cluster="cucm", uc_service="Voicemail 1", host=address)
        verify = story.type("verify -i INV")
        assert verify.code == 9
        assert f"cuc-1:8443 (asked as {address})" in verify.text
        assert "voicemail or IM only" in verify.text
        plan = story.type(f"plan {FIX} -i INV")
        assert plan.code == 7
        assert f"UC Service: Host Name/IP Address {address} to cuc-1.example.test" in plan.text
        story.hand("edit", cluster="cucm", uc_service="Voicemail 1", host="cuc-1.example.test")
        assert story.type("verify -i INV").code == 0


def test_certificates_of_a_node_without_its_api(tmp_path: Path, capsys: Capsys) -> None:
    """Before release 14 a node's certificates are read on its command line: twins among them are still named."""
    with window(tmp_path, capsys, "duplicate-cn") as story:
        for cluster in ("cucm", "imp", "cuc"):
            story.hand("edit", cluster=cluster, switch="certificate_api", value="absent")
        verify = story.type("verify -i INV")
        assert "self-signed-twins" in verify.text
        assert "CallManager and tomcat are self-signed with one CN" in verify.text


@pytest.mark.parametrize(("mode", "told"), [("0", False), ("1", True)])
def test_mixed_mode(tmp_path: Path, capsys: Capsys, mode: str, told: bool) -> None:
    """A new CallManager certificate needs the CTL updated in mixed mode, and only there."""
    with window(tmp_path, capsys, "duplicate-cn", f"--switch cluster_security_mode={mode} --peers 1") as story:
        plan = story.type(f"plan {FIX} -i INV")
        assert ("utils ctl update CTLFile" in plan.text) is told
