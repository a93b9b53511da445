"""The hours in which the peers of a cluster run different releases, and the first upgraded one breaks logins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.stories.test_restarts import at_end
from tests.lab.stories.window import FIX, WORKAROUND, Window, window

Capsys = pytest.CaptureFixture[str]
VERIFY = "EdgeConfigServer VerifyOriginServer"
QUICK = "--version X14.0.7 --switch restart_s=0.1 --switch upgrade_ciphers=kept"
"""Cipher lists come through the upgrade as those of the seed did: the ECDSA certificate is what is asked for."""
REASON = "--during-upgrade 'logins fail through exp-c-2'"


def refused(story: Window) -> set[str]:
    """Peers through which a login fails."""
    return {step["peer"] for step in story.hand("login", user="emusk")["steps"] if step["status"] == 502}


def upgraded(story: Window, peer: str) -> None:
    """That peer runs X14.2.5 from here on, after the time that an upgrade takes: starts are told in whole seconds."""
    story.hand("clock", seconds="5")
    up = story.type(f"lab hand upgrade {peer} X14.2.5 --dir LAB")
    assert up.code == 0, up.text


def test_uploads_between_releases(tmp_path: Path, capsys: Capsys) -> None:
    """The default refuses and prints the way by hand; with a reason certificates are added, and nothing restarts.

    The plan ends with the time for which it was made: once all peers match it is stale, and a new one restarts.
    """
    with window(tmp_path, capsys, "seed-untrusted-ca", QUICK) as story:
        assert refused(story) == set()
        upgraded(story, "exp-c-2")
        assert refused(story) == {"exp-c-2"}

        card = story.type(f"plan {at_end(story)} -i INV -o HOME/no.plan")
        assert card.code == 7, card.text
        assert "exp-c-1 runs X14.0.7, exp-c-2 runs X14.2.5" in card.text
        assert "Maintenance > Security > Trusted CA certificate" in card.text
        assert f"xConfiguration {VERIFY}: Off" in card.text
        assert "--during-upgrade REASON" in card.text

        planned = story.type(f"plan {at_end(story)} -i INV -o HOME/up.plan {REASON}")
        assert planned.code == 0, planned.text
        assert "During an upgrade (logins fail through exp-c-2)" in planned.text
        story.type(f"plan {at_end(story)} -i INV -o HOME/late.plan {REASON}")
        done = story.type("apply HOME/up.plan -i INV")
        assert done.code == 0, done.text
        assert {(host, verb) for host, verb in story.writes()} == {("exp-c-1", "https-POST"), ("exp-c-2", "https-POST")}
        assert all(story.hand("state")["peers"][peer]["restart_needed"] for peer in ("exp-c-1", "exp-c-2"))

        upgraded(story, "exp-c-1")
        before = story.writes()
        late = story.type("apply HOME/late.plan -i INV")
        assert late.code == 3, late.text
        assert "version was X14.0.7 and is X14.2.5" in late.text
        assert story.writes() == before

        again = story.type(f"plan {at_end(story)} -i INV -o HOME/rest.plan")
        assert again.code == 0, again.text
        assert "restart-peer:exp-c-2" in again.text
        assert "restart-peer:exp-c-1" not in again.text, "its upgrade was its restart"
        assert story.type("apply HOME/rest.plan -i INV").code == 0
        assert story.type("verify -i INV").code == 0
        assert refused(story) == set()


def test_off_between_releases(tmp_path: Path, capsys: Capsys) -> None:
    """Off goes to the upgraded peer alone; once the primary came to X14.2.5 its On rules, and status says so."""
    with window(tmp_path, capsys, "seed-untrusted-ca", QUICK) as story:
        upgraded(story, "exp-c-2")
        assert story.type(f"plan {WORKAROUND} -i INV -o HOME/no.plan").code == 7
        planned = story.type(f"plan {WORKAROUND} -i INV -o HOME/off.plan {REASON}")
        assert planned.code == 0, planned.text
        done = story.type("apply HOME/off.plan -i INV")
        assert done.code == 0, done.text
        assert {host for host, _ in story.writes()} == {"exp-c-2"}
        assert refused(story) == set()

        upgraded(story, "exp-c-1")
        story.hand("clock", seconds=60)
        assert refused(story) == {"exp-c-1", "exp-c-2"}
        again = story.type(f"plan {WORKAROUND} -i INV -o HOME/both.plan")
        assert again.code == 0, again.text
        assert story.type("apply HOME/both.plan -i INV").code == 0
        assert refused(story) == set()


def test_upgraded_between_plan_and_apply(tmp_path: Path, capsys: Capsys) -> None:
    """A plan of the time before the upgrade writes nothing once one peer runs another release."""
    with window(tmp_path, capsys, "seed-untrusted-ca", QUICK) as story:
        story.type(f"plan {FIX} -i INV -o HOME/before.plan")
        upgraded(story, "exp-c-2")
        late = story.type("apply HOME/before.plan -i INV")
        assert late.code in (3, 4, 5), late.text
        assert story.writes() == []
