"""Many clusters at once. `FAULT_CLUSTERS` and `FAULT_SEED` make the fleet larger, or another one."""

from __future__ import annotations

import os
import random
import re

import pytest

from tests.lab.faults.bench import Bench, Benches, hasty
from tests.lab.stories.window import WORKAROUND

pytestmark = pytest.mark.xdist_group("faults-fleet")
CLUSTERS = int(os.environ.get("FAULT_CLUSTERS", "8"))
SEED = int(os.environ.get("FAULT_SEED", "7"))
POINTS = ("upload-dropped", "upload-ignored", "upload-refused", "upload-partial", "upload-error-before", "killed")
RECAP = re.compile(r"^(\S+-exp-c-1) : (.*)$", re.MULTILINE)


def fleet(bench: Benches) -> Bench:
    """One peer per cluster."""
    story = bench(peers=1, clusters=CLUSTERS)
    story.wiring = hasty()
    return story


def peers(story: Bench) -> list[str]:
    """Those that check UC servers."""
    return sorted(peer for peer in story.peers() if "-exp-c-" in peer)


def applied(bench: Benches, seed: int) -> tuple[int, dict[str, str], dict[str, int]]:
    """Exit code, recap per peer and entries added per peer, of one run with one device in ten failing."""
    story = fleet(bench)
    story.planned()
    before = {peer: len(story.listed(peer)) for peer in peers(story)}
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    failing = chance.sample(peers(story), max(2, CLUSTERS // 10))
    for peer, point in zip(failing, chance.sample(POINTS, len(POINTS)), strict=False):
        if point == "killed":
            story.hand("kill", host=peer)
        else:
            story.fail(point, host=peer)
    done = story.type("apply HOME/fix.plan -i INV -f 8")
    grown = {peer: len(story.listed(peer)) - before[peer] for peer in before}
    assert {peer for peer, more in grown.items() if more != 2} <= set(failing), done.text
    return done.code, dict(RECAP.findall(done.text)), grown


def test_f140_one_in_ten_fails(bench: Benches) -> None:
    """Every cluster has an end, the healthy ones are done, the sums agree, and the same seed gives the same."""
    code, recap, grown = applied(bench, SEED)
    assert code in (2, 4)
    assert len(recap) == len(grown) == CLUSTERS
    good = [peer for peer, words in recap.items() if "changed=1" in words and "failed=0" in words]
    bad = [peer for peer, words in recap.items() if re.search("failed=1|unreachable=1|skipped=[1-9]", words)]
    assert len(good) + len(bad) == CLUSTERS
    assert all(grown[peer] == 2 for peer in good)
    assert applied(bench, SEED) == (code, recap, grown)


def test_f141_first_cluster_fails(bench: Benches) -> None:
    """The first cluster refuses its upload: none of the others is begun, and which rule stopped them is said."""
    story = fleet(bench)
    story.planned()
    first = peers(story)[0]
    story.fail("upload-refused", every=True)
    done = story.type("apply HOME/fix.plan -i INV -f 8")
    assert done.code == 8, done.text
    assert story.sent("https-POST") == [first]
    assert "budget max_failed 1/1 used" in done.text
    story.fail("upload-refused", clear=True)


def test_f128_some_unreachable_at_rollback(bench: Benches) -> None:
    """Off on several clusters, one of them away at its end: the others are On, it is named, the books keep it."""
    story = fleet(bench)
    chosen = peers(story)[:4]
    limit = ",".join(peer.removesuffix("-1") for peer in chosen)
    plan = story.type(f"plan {WORKAROUND} -i INV -l {limit} -o HOME/off.plan")
    assert plan.code == 0, plan.text
    done = story.type("apply HOME/off.plan -i INV")
    assert done.code == 0, done.text
    undo = story.undo(story.run_id(done))
    assert undo.code == 0, undo.text
    story.hand("kill", host=chosen[1])
    back = story.type("apply HOME/undo.plan -i INV")
    assert back.code != 0, back.text
    assert chosen[1] in back.text
    state = story.peers()
    values = [state[peer]["settings"]["EdgeConfigServer VerifyOriginServer"] for peer in chosen]
    assert values == ["On", "Off", "On", "On"]
    left = story.type("status -i INV")
    assert left.code == 13, left.text
    assert left.text.count("Temporary workaround until") == 1
