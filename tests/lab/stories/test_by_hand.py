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
            "have the certificate re-issued",
        ),
        (
            "duplicate-cn",
            (("cucm-pub", "CallManager"), ("cucm-sub", "CallManager")),
            "have the certificate signed by a CA that the peer trusts",
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
