"""Peers that go down, differ, lag or complain."""

from __future__ import annotations

from datetime import timedelta

import pytest

from remediate.journal.entries import LeaseOpened
from remediate.ledger.store import open_ledger
from remediate.model.outstanding import Lease
from tests.lab.faults.bench import Bench, Benches, hasty
from tests.lab.stories.window import FIX, WORKAROUND
from tests.support.tiny_clock import SystemClock

pytestmark = pytest.mark.xdist_group("faults-cluster")
PEERS = ("exp-c-1", "exp-c-2", "exp-c-3")
APPLY = "apply HOME/fix.plan -i INV"


def while_first_upload(story: Bench, verb: str, **order: str) -> None:
    """Something happens to the fleet while the first upload, on exp-c-2, is under way."""
    story.planned()
    story.fail("upload-slow", host="exp-c-2", seconds=1)
    story.when(lambda: "step-intended" in story.kinds(), lambda: story.hand(verb, **order))


def test_f081_peer_goes_down_between_uploads(bench: Benches) -> None:
    """The cluster stops; who has what, and how to go on, is on the screen; a resume does the rest."""
    story = bench()
    while_first_upload(story, "kill", host="exp-c-3")
    done = story.type(APPLY)
    assert done.code == 4, done.text
    assert story.sent("https-POST") == ["exp-c-2"]
    assert "exp-c-3" in done.text
    assert "exp-c-2 : ok=0 changed=1" in done.text
    story.hand("revive", host="exp-c-3")
    again = story.type(APPLY)
    assert again.code == 0, again.text
    assert sorted(story.sent("https-POST")) == list(PEERS)


def test_f082_peer_down_at_rollback(bench: Benches) -> None:
    """With a peer down no way back is complete: it is named, nothing is written, the workaround stays on the books and
    status is not 0. Once the peer is back the same plan takes it back everywhere."""
    story = bench()
    run = story.off()
    sets = len(story.sent("ssh-set"))
    assert story.undo(run).code == 0
    story.hand("kill", host="exp-c-3")
    done = story.type("apply HOME/undo.plan -i INV")
    assert done.code == 4, done.text
    assert "exp-c-3" in done.text
    assert len(story.sent("ssh-set")) == sets
    left = story.type("status -i INV")
    assert left.code == 13, left.text
    assert "Temporary workaround until" in left.text
    story.hand("revive", host="exp-c-3")
    back = story.type("apply HOME/undo.plan -i INV")
    assert back.code in (0, 9), back.text
    assert story.settings() == ["On"] * 3
    assert "Temporary workaround until" not in story.type("status -i INV").text
    story.screens.append(done)


def test_f083_escape_codes(bench: Benches) -> None:
    """What a device says is inert: an alarm with escape codes stops the run and paints nothing."""
    story = bench()
    story.planned()
    story.hand("alarm", peer="exp-c-3", code="\x1b[2J\x1b]0;OK\x07 40001")
    done = story.type(APPLY)
    assert done.code == 3, done.text
    assert "\x1b" not in done.text
    assert "\\x1b[2J" in done.text
    assert story.writes() == []


def test_f084_another_primary(bench: Benches) -> None:
    """The primary changed since the plan: stale, no write."""
    story = bench()
    story.planned()
    for peer in PEERS:
        story.hand("edit", peer=peer, path="Alternates ConfigurationPrimary", value="2")
    done = story.type(APPLY)
    assert done.code == 3, done.text
    assert "primary" in done.text
    assert story.writes() == []


@pytest.mark.parametrize("stuck", [False, True], ids=["F086-slow", "F086-stuck"])
def test_replication(stuck: bool, bench: Benches) -> None:
    """A peer that follows late is waited for; one that does not follow is written itself, and the value holds."""
    story = bench()
    if stuck:
        story.fail("replication-stuck", every=True)
    story.off()
    assert story.settings() == ["Off"] * 3
    assert story.sent("ssh-set") == (list(PEERS) if stuck else ["exp-c-1"])


def test_f088_mixed_releases(bench: Benches) -> None:
    """One peer is upgraded and the others are not: nothing is planned, and each is named with its release."""
    story = bench()
    story.hand("upgrade", peer="exp-c-2", version="X15.0")
    plan = story.type(f"plan {FIX} -i INV")
    assert plan.code == 7, plan.text
    assert "exp-c-1 runs X14.2.5, exp-c-2 runs X15.0" in plan.text


def test_f08b_alarm_in_the_middle(bench: Benches) -> None:
    """An alarm that rises during a run stops it before the next peer."""
    story = bench()
    while_first_upload(story, "alarm", peer="exp-c-3", code="40001")
    done = story.type(APPLY)
    assert done.code == 3, done.text
    assert story.sent("https-POST") == ["exp-c-2"]
    assert "alarm 40001 is raised" in done.text


def test_f08d_other_peers(bench: Benches) -> None:
    """The device has a peer that the inventory does not: nothing is planned, both lists are shown."""
    story = bench()
    with story.document() as document:
        del document["clusters"]["exp-c"]["peers"]["exp-c-3"]
    plan = story.type(f"plan {FIX} -i INV")
    assert plan.code == 7, plan.text
    assert "exp-c-3.example.test; the inventory has exp-c-1.example.test, exp-c-2.example.test" in plan.text


def test_f08e_counts_after_a_restart(bench: Benches) -> None:
    """What was uploaded is pending until each peer has restarted, and the check is not turned On before."""
    story = bench()
    story.off()
    story.planned()
    assert story.type(APPLY).code == 0
    early = story.type("workaround retire -i INV -l exp-c -o HOME/on.plan")
    assert early.code == 7, early.text
    for peer in PEERS:
        story.hand("restart", peer=peer)
    assert story.type("workaround retire -i INV -l exp-c -o HOME/on.plan").code == 0
    assert story.type("apply HOME/on.plan -i INV").code == 0
    assert story.settings() == ["On"] * 3


def test_retire_beside_another_inventory(bench: Benches) -> None:
    """A team's ledger holds a workaround of a cluster that this inventory lacks: it is named and left alone."""
    story = bench()
    clock = SystemClock()
    lease = Lease.model_validate(
        {"cluster": "exp-z", "owner": "A. Person", "ticket": "CHG9", "reason": "x", "run": "r9"}
        | {"opened_at": clock.now(), "expires": clock.now() + timedelta(days=1)}
    )
    open_ledger(str(story.ledger), clock).append(LeaseOpened(run="r9", cluster="exp-z", at=clock.now(), lease=lease))
    done = story.type("workaround retire -i INV -o HOME/on.plan")
    assert done.code == 0, done.text
    assert "exp-z: its temporary workaround is retired with the inventory that holds it" in done.text
    assert "No temporary workaround is in force." in done.text


def test_f123_on_would_break_logins(bench: Benches) -> None:
    """The way back is refused with the connections that would fail; with a reason it is a plan that lists them."""
    story = bench()
    run = story.off()
    refused = story.type(f"rollback {run} -i INV -o HOME/undo.plan")
    assert refused.code == 7, refused.text
    assert "cucm-pub:6972" in refused.text
    assert "--accept-login-failures" in refused.text
    assert story.undo(run).code == 0


def test_f124_off_before_us(bench: Benches) -> None:
    """Off was there before: nothing of it is ours, and no rollback claims to have made anything secure."""
    story = bench()
    for peer in PEERS:
        story.off_by_hand(peer)
    plan = story.type(f"plan {WORKAROUND} -i INV -o HOME/off.plan")
    assert plan.code == 0, plan.text
    story.type("apply HOME/off.plan -i INV")
    assert story.sent("ssh-set") == []
    assert story.type("status -i INV").code == 13


def test_f126_no_such_setting(bench: Benches) -> None:
    """A release below X14.2 has no such setting: nothing is planned, nothing is written."""
    story = bench("healthy", peers=1, version="X12.7")
    plan = story.type(f"plan {WORKAROUND} -i INV")
    assert plan.code == 7, plan.text
    assert "this release has no such setting: it exists from X14.2" in plan.text
    assert story.writes() == []


def test_f127_on_by_the_device(bench: Benches) -> None:
    """The setting reads On everywhere while the books say Off: status says that the device ended it."""
    story = bench()
    story.off()
    for peer in PEERS:
        story.off_by_hand(peer, "On")
    read = story.type("status -i INV")
    assert read.code == 13, read.text
    assert "reads On on every peer" in read.text


def test_f121_expired(bench: Benches) -> None:
    """Past its end the workaround is an alarm in every status, and nothing is written by itself."""
    story = bench()
    story.off()
    sets = len(story.sent("ssh-set"))
    story.later(days=4)
    read = story.type("status -i INV")
    assert read.code == 12, read.text
    assert "EXPIRED" in read.text
    assert len(story.sent("ssh-set")) == sets


def test_f122_two_rollbacks_at_once(bench: Benches) -> None:
    """One holds the cluster, the other says who does, or that nothing is left to do; each peer is set back once."""
    story = bench()
    run = story.off()
    assert story.undo(run).code == 0
    before = len(story.sent("ssh-set"))
    both = [story.start("apply HOME/undo.plan -i INV") for _ in range(2)]
    done = [story.ended(process) for process in both]
    assert min(one.code for one in done) in (0, 9), [one.text for one in done]
    assert all(one.code in (0, 3, 6, 9) for one in done), [one.text for one in done]
    assert story.settings() == ["On"] * 3
    assert len(story.sent("ssh-set")) - before == 1


def test_f100_clock_ahead(bench: Benches) -> None:
    """This machine's date is an hour off: the difference is said, and certificates are judged by the device's."""
    story = bench()
    before = story.type("verify -i INV").code
    story.later(hours=1)
    read = story.type("verify -i INV")
    assert "its clock says" in read.text
    assert read.code == before
    story.later(days=3650)
    assert story.type("verify -i INV").code == before


def test_f100_expiry_behind_the_ledger(bench: Benches) -> None:
    """Another machine wrote to the ledger four days from now: by that time the workaround is past its end, whatever
    this machine's date says."""
    story = bench()
    story.off()
    assert story.type("status").code != 12
    now, story.wiring = story.wiring, None
    story.later(days=4)
    assert story.type("attest backup:exp-c -i INV --who Ann").code == 0
    story.wiring = now
    read = story.type("status -i INV")
    assert read.code == 12, read.text
    assert "EXPIRED" in read.text
    assert story.type("workaround list -i INV -detailed-exitcode").code == 12


def test_f0a7_device_clock(bench: Benches) -> None:
    """The devices' date is past the end of every certificate: that is what is judged."""
    story = bench()
    story.hand("clock", seconds=20 * 365 * 86400)
    read = story.type("verify -i INV")
    assert read.code == 9, read.text
    assert "expired" in read.text
    assert "its clock says" in read.text


def test_f101_clock_jumps_back(bench: Benches) -> None:
    """The date goes back two hours in the middle of a run: it ends as ever, and the ledger keeps its order."""
    story = bench()
    story.planned()
    story.jumping("step-intended", hours=-2)
    done = story.type(APPLY)
    assert done.code == 0, done.text
    assert story.type("ledger verify -i INV").code == 0
    kinds = story.kinds()
    assert kinds.index("step-intended") < kinds.index("sent") < kinds.index("confirmed")


def test_f103_other_zones(bench: Benches) -> None:
    """Whatever zone the machine is in, or none: the same words, in UTC."""
    story = bench()
    story.off()
    told = [story.ended(story.start("status", env=story.environment(TZ=zone), cwd=story.inventory)).text
            for zone in ("Asia/Kathmandu", "America/St_Johns", "")]  # fmt: skip
    assert len(set(told)) == 1
    assert "Z" in told[0]


def test_hurry(bench: Benches) -> None:
    """A run whose waits are short in the engine's own time still reads what holds."""
    story = bench()
    story.wiring = hasty()
    story.planned()
    assert story.type(APPLY).code == 0
