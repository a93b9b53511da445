"""Somebody else is at work on the same cluster."""

from __future__ import annotations

import shutil

import pytest

from tests.lab.faults.bench import Benches
from tests.lab.stories.window import FIX, WORKAROUND
from tests.support.forge import authority
from tests.support.tiny_tcp import listening, relaying

pytestmark = pytest.mark.xdist_group("faults-admins")
PEERS = ("exp-c-1", "exp-c-2", "exp-c-3")


def test_f031_two_machines(bench: Benches) -> None:
    """One plan applied from two machines at once, each with a ledger of its own: every list holds what it held and
    the additions once, and no value goes back and forth."""
    story = bench()
    story.planned()
    before = {peer: story.listed(peer) for peer in PEERS}
    other = story.home / "other"
    shutil.copytree(story.inventory, other)
    both = [story.start("apply HOME/fix.plan -i INV", inventory=place) for place in (story.inventory, other)]
    done = [story.ended(process) for process in both]
    assert all(one.code in (0, 2, 3) for one in done), [one.text for one in done]
    for peer in PEERS:
        assert story.listed(peer)[: len(before[peer])] == before[peer]
        assert len(set(story.listed(peer))) == len(story.listed(peer)) == len(before[peer]) + 2


def test_f034_value_set_by_another(bench: Benches) -> None:
    """Off was set by hand between plan and apply: no write, and that it is already so is said."""
    story = bench()
    story.planned(WORKAROUND, "off")
    for peer in PEERS:
        story.off_by_hand(peer)
    done = story.type("apply HOME/off.plan -i INV")
    assert story.sent("ssh-set") == []
    assert "changed=0" in done.text
    assert done.code == 0, done.text


def test_f036_ca_added_by_another(bench: Benches) -> None:
    """A CA that another administrator adds after the plan: first their alarm, then their entry makes it stale; a new
    plan adds ours behind theirs."""
    story = bench()
    story.planned()
    theirs = authority("Their CA").certificate
    before = story.listed("exp-c-2")
    story.upload("exp-c-2", theirs.pem)
    stopped = story.type("apply HOME/fix.plan -i INV")
    assert stopped.code == 3, stopped.text
    assert story.sent("https-POST") == ["exp-c-2"]  # theirs
    story.hand("restart", peer="exp-c-2")
    stale = story.type("apply HOME/fix.plan -i INV")
    assert stale.code == 3, stale.text
    assert "changed since the plan" in stale.text
    story.planned()
    done = story.type("apply HOME/fix.plan -i INV")
    assert done.code == 0, done.text
    assert story.listed("exp-c-2")[: len(before) + 1] == [*before, theirs.sha256]
    assert len(story.listed("exp-c-2")) == len(before) + 3


def test_f037_on_by_another_before_our_rollback(bench: Benches) -> None:
    """Nothing is left to take back: no write, and the workaround goes off the books with that note."""
    story = bench()
    run = story.off()
    for peer in PEERS:
        story.off_by_hand(peer, "On")
    sets = len(story.sent("ssh-set"))
    assert story.undo(run).code == 0
    done = story.type("apply HOME/undo.plan -i INV")
    assert done.code == 0, done.text
    assert len(story.sent("ssh-set")) == sets
    assert "lease-closed" in story.kinds()
    assert "Temporary workaround" not in story.type("status -i INV").text


def test_f038_off_by_another_after_our_rollback(bench: Benches) -> None:
    """Off again, and not by us: status says that nobody owns it, and is not 0."""
    story = bench()
    run = story.off()
    story.undo(run)
    story.type("apply HOME/undo.plan -i INV")
    assert story.settings() == ["On"] * 3
    story.off_by_hand("exp-c-2")
    read = story.type("status -i INV")
    assert read.code == 13, read.text
    assert "exp-c-2: VerifyOriginServer Off, and no temporary workaround owns it" in read.text


def test_f039_one_peer_under_two_names(bench: Benches) -> None:
    """The serial number tells that two names are one device: nothing is planned for its cluster."""
    story = bench()
    address = story.address("exp-c-2")
    elsewhere = f"{address.rpartition('.')[0]}.250"
    with (
        listening(relaying((address, 5022)), elsewhere) as ssh,
        listening(relaying((address, 4430)), elsewhere) as https,
        story.document() as document,
    ):
        peers = document["clusters"]["exp-c"]["peers"]
        peers["exp-c-9"] = {**peers["exp-c-2"], "address": elsewhere, "ports": {"ssh": ssh, "https": https}}
        story.flush(document)
        plan = story.type(f"plan {FIX} -i INV")
    assert plan.code == 7, plan.text
    assert "exp-c-2 and exp-c-9 are one device: both have the serial number" in plan.text
