"""The two failures of TAC's note, from 502 to 200, as an operator goes through them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.stories.window import FIX, READINESS, WORKAROUND, Window, window

Capsys = pytest.CaptureFixture[str]


def restart_all(story: Window) -> None:
    """By hand, one peer at a time."""
    for peer in ("exp-c-2", "exp-c-1"):
        story.hand("restart", peer=peer)


def renamed(story: Window) -> bool:
    """Whether every entry of the CUCM nodes under System > Server is an FQDN by now."""
    nodes = story.hand("state")["nodes"]
    return all(node["db_name"].endswith(".example.test") for name, node in nodes.items() if name.startswith("cucm"))


def test_untrusted_ca_fixed(tmp_path: Path, capsys: Capsys) -> None:
    """502 at 6972 becomes 200 on every peer after upload and restart, and a second plan has no changes."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        login = story.type("lab login --dir LAB")
        assert login.code == 9
        assert "CSFemusk.cnf.xml             502" in login.text
        assert "Action=Terminate Error=self signed certificate" in login.text
        assert "depth=0" in login.text
        assert story.type("collect -i INV -o HOME/before.capture").code == 0
        verify = story.type("verify -i INV")
        assert verify.code == 9
        assert "cucm-pub:6972" in verify.text
        assert story.type(f"plan {FIX} -i INV -o HOME/fix.plan -detailed-exitcode").code == 2
        assert story.type("show HOME/fix.plan").code == 0
        assert story.writes() == []
        assert story.type("apply HOME/fix.plan -i INV").code == 0
        pending = story.type("verify -i INV")
        assert pending.code == 9
        assert "restart exp-c-1" in pending.text
        assert story.statuses() == {200, 502}
        restart_all(story)
        assert story.type("verify -i INV").code == 0
        assert story.statuses() == {200}
        assert "No changes" in story.type(f"plan {FIX} -i INV -detailed-exitcode").text
        assert story.type("status -i INV").code == 0


def test_plan_from_a_capture_equals_the_live_plan(tmp_path: Path, capsys: Capsys) -> None:
    """With the devices gone the plan from the capture has the same steps."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        story.type("collect -i INV -o HOME/before.capture")
        live = story.type(f"plan {FIX} -i INV -o HOME/live.plan").text
        for host in ("exp-c-1", "exp-c-2", "cucm-pub", "cucm-sub"):
            story.hand("kill", host=host)
        offline = story.type(f"plan {FIX} -i INV --from HOME/before.capture -o HOME/off.plan")
        assert offline.code == 0
        steps = [line for line in live.splitlines() if line.startswith(("  +", "  ~"))]
        assert steps == [line for line in offline.text.splitlines() if line.startswith(("  +", "  ~"))]


@pytest.mark.parametrize("scenario", ["seed-server-by-ip", "multi-server-san"])
def test_server_name_fixed(tmp_path: Path, capsys: Capsys, scenario: str) -> None:
    """Entries under System > Server become FQDNs, Refresh servers is waited for, and logins work."""
    with window(tmp_path, capsys, scenario) as story:
        login = story.type("lab login --dir LAB")
        assert "not in certificate. Action=Terminate" in login.text
        assert story.type(f"plan {FIX} -i INV -o HOME/fix.plan").code == 0
        refused = story.type("apply HOME/fix.plan -i INV")
        assert (refused.code, story.writes()) == (7, [])
        assert "Refresh" in refused.text
        story.when(lambda: renamed(story), lambda: story.hand("refresh", cluster="exp-c"))
        done = story.type("apply HOME/fix.plan -i INV --by-hand")
        assert done.code == 0, done.text
        assert story.statuses() == {200}
        assert story.type("verify -i INV").code == 0
        assert "No changes" in story.type(f"plan {FIX} -i INV -detailed-exitcode").text


def test_workaround_and_rollback(tmp_path: Path, capsys: Capsys) -> None:
    """No 502 while Off; rollback without its flag answers 7 and names what would fail; with it On is back."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        assert story.type(f"plan {WORKAROUND} -i INV -o HOME/off.plan").code == 0
        done = story.type("apply HOME/off.plan -i INV")
        assert done.code == 0, done.text
        assert story.statuses() == {200}
        status = story.type("status -i INV")
        assert status.code == 13
        assert "Temporary workaround until" in status.text
        assert story.type("workaround retire -i INV -o HOME/early.plan").code == 7
        run = story.run_id(done)
        refused = story.type(f"rollback {run} -i INV -o HOME/undo.plan")
        assert refused.code == 7
        assert "exp-c-2 → cucm-pub:6972" in refused.text
        assert "--accept-login-failures" in refused.text
        accepted = story.type(f"rollback {run} -i INV -o HOME/undo.plan --accept-login-failures 'window is over'")
        assert accepted.code == 0, accepted.text
        assert story.type("apply HOME/undo.plan -i INV").code in (0, 9)
        states = story.hand("state")["peers"]
        assert {states[p]["settings"]["EdgeConfigServer VerifyOriginServer"] for p in ("exp-c-1", "exp-c-2")} == {"On"}
        assert story.statuses() == {200, 502}


def test_workaround_retired_after_the_fix(tmp_path: Path, capsys: Capsys) -> None:
    """Off, the lasting fix, the restarts, then On: logins work at every stage from Off on."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        story.type(f"plan {WORKAROUND} -i INV -o HOME/off.plan")
        assert story.type("apply HOME/off.plan -i INV").code == 0
        story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
        assert story.type("apply HOME/fix.plan -i INV").code == 0
        assert story.type("workaround retire -i INV -o HOME/on.plan").code == 7
        restart_all(story)
        assert story.type("workaround retire -i INV -o HOME/on.plan").code == 0
        assert story.statuses() == {200}
        assert story.type("apply HOME/on.plan -i INV").code == 0
        assert story.statuses() == {200}
        assert story.type("status -i INV").code == 0


def test_readiness_before_the_upgrade(tmp_path: Path, capsys: Capsys) -> None:
    """On X14.0.7 nothing fails yet; readiness names what would, and its uploads can be applied now."""
    with window(tmp_path, capsys, "seed-untrusted-ca", "--version X14.0.7") as story:
        assert story.statuses() == {200}
        ready = story.type(f"plan {READINESS} -i INV -o HOME/ready.plan -detailed-exitcode")
        assert ready.code == 2, ready.text
        assert "upload" in ready.text
        assert story.type("apply HOME/ready.plan -i INV").code == 0
        assert story.type(f"plan {READINESS} -i INV -detailed-exitcode").code == 0


@pytest.mark.parametrize(
    ("scenario", "before"),
    [("missing-intermediate", {502}), ("subscriber-only", {200, 502}), ("workaround-active", {200})],
)
def test_uploads_mend(tmp_path: Path, capsys: Capsys, scenario: str, before: set[int]) -> None:
    """In each scenario that certificates mend, plan, apply and restart make every connection pass the check."""
    with window(tmp_path, capsys, scenario) as story:
        assert story.statuses() == before
        assert story.type(f"plan {FIX} -i INV -o HOME/fix.plan -detailed-exitcode").code == 2
        assert story.type("apply HOME/fix.plan -i INV").code == 0
        restart_all(story)
        verify = story.type("verify -i INV")
        assert verify.code == 0, verify.text
        assert story.statuses() == {200}
        assert story.type(f"plan {FIX} -i INV -detailed-exitcode").code == 0
