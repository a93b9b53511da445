"""Every way in which a step can end."""

from __future__ import annotations

import pytest

from remediate.journal.entries import Confirmed
from remediate.model.observed import VERIFY_ORIGIN_SERVER
from remediate.model.outstanding import LearnedScope, Outstanding
from tests.support import forge
from tests.support.scenes import LASTING, PUB, Scene, fqdn, vouch
from tests.support.windows import rename, states, uploads, window, workaround

PER_PEER = Outstanding(scopes=(LearnedScope(cluster="exp-c", path=VERIFY_ORIGIN_SERVER, scope="per-peer"),))


def test_refused_write() -> None:
    """The device's own words stand in the journal, and the next peer is not touched."""
    made = uploads()
    made.fleet.faults = {"exp-c-2": ["refuse"]}
    result = made.apply()
    assert (result.outcome, states(result)) == ("failed", ["failed", "skipped"])
    assert "ERROR: not allowed" in result.steps[0].why


def test_ok_without_effect_is_no_success() -> None:
    """OK on the wire and an unchanged list is a failure, and sent once."""
    made = uploads()
    made.fleet.faults = {"exp-c-2": ["lie"]}
    result = made.apply()
    assert result.steps[0].why == "the device said OK and the value is unchanged"
    assert len(made.fleet.writes) == 1


def test_lost_reply_after_the_change() -> None:
    """A write whose reply was lost is read, found in force, confirmed, and never sent again."""
    made = uploads()
    made.fleet.faults = {"exp-c-2": ["lost-after"]}
    result = made.apply()
    assert (result.outcome, states(result), len(made.fleet.writes)) == ("done", ["changed", "changed"], 2)
    assert made.ledger.kinds.count("unknown") == 1


def test_lost_reply_before_the_change() -> None:
    """A write that did not happen fails; it is not sent again in this run."""
    made = uploads()
    made.fleet.faults = {"exp-c-2": ["lost-before"]}
    result = made.apply()
    assert (states(result), made.fleet.writes) == (["failed", "skipped"], [])
    assert "not sent again" in result.steps[0].why


def test_peer_lost_with_the_reply() -> None:
    """A peer that dies with the write in flight leaves it unknown, and what it may owe is shown."""
    made = uploads()
    made.fleet.after_write = lambda _action: made.fleet.down.add("exp-c-2")
    result = made.apply()
    assert (states(result), made.status()) == (["unknown", "skipped"], {result.steps[0].step: "unknown"})
    assert [o.host for o in made.ledger.outstanding().obligations] == ["exp-c-2"]


def test_upload_that_replaces_the_list() -> None:
    """Lost CAs are found at the first peer, and nothing else is written anywhere."""
    made = uploads()
    made.fleet.faults = {"exp-c-2": ["replace"]}
    result = made.apply()
    assert (states(result), len(made.fleet.writes)) == (["failed", "skipped"], 1)
    assert "lost" in result.steps[0].why
    assert made.stop.requested


def test_upload_that_keeps_one_of_two() -> None:
    """A partial upload is named by what is missing."""
    root = forge.authority("R")
    middle = forge.authority("M", root)
    chain = (forge.leaf(fqdn(PUB), middle, (fqdn(PUB),)).certificate,)
    vouched = (vouch("root", root.certificate), vouch("middle", middle.certificate))
    made = window(Scene(served={(PUB, 8443): chain}, plays=(LASTING,), vouched=vouched))
    made.fleet.faults = {"exp-c-2": ["keep-first"]}
    result = made.apply()
    assert "lists 1 of 2" in result.steps[0].why
    assert result.outcome == "failed"


def test_refused_login_stops_everything() -> None:
    """A refused login is not tried again anywhere (I33)."""
    made = uploads()
    made.fleet.faults = {"exp-c-2": ["login-refused"]}
    result = made.apply()
    assert (states(result), made.fleet.writes) == (["failed", "skipped"], [])
    assert made.stop.requested


def test_f014_own_mistake_leaves_the_step_unknown() -> None:
    """An error of our own in the middle of a write is raised, and the journal says unknown (F014)."""
    made = uploads()
    made.fleet.faults = {"exp-c-2": ["bug"]}
    with pytest.raises(ZeroDivisionError):
        made.apply()
    assert set(made.status().values()) == {"unknown"}


def test_workaround_per_peer() -> None:
    """Where nothing replicates every peer is written, the scope is learned, and the lease stands."""
    made = workaround()
    result = made.apply()
    assert (result.outcome, states(result)) == ("done", ["changed", "changed", "changed"])
    assert {made.fleet.setting(p.host) for p in made.fleet.truth.peers} == {"Off"}
    outstanding = made.ledger.outstanding()
    assert [(s.cluster, s.scope) for s in outstanding.scopes] == [("exp-c", "per-peer")]
    assert [(held.cluster, held.ticket) for held in outstanding.leases] == [("exp-c", "CHG1")]


def test_workaround_replicated() -> None:
    """Where the setting replicates the primary alone is written and the scope is learned."""
    made = workaround()
    made.fleet.scope = "replicated"
    result = made.apply()
    assert (result.outcome, states(result)) == ("done", ["changed", "ok", "ok"])
    assert [a.host for a in made.fleet.writes] == ["exp-c-1"]
    assert [s.scope for s in made.ledger.outstanding().scopes] == ["replicated"]
    assert [e.by for e in made.ledger.kept if isinstance(e, Confirmed)] == ["tool", "replication", "replication"]


def test_lease_stands_before_the_first_off() -> None:
    """At no instant is a peer Off that the journal knows no workaround for (I21)."""
    made = workaround()
    seen: list[int] = []
    made.fleet.before_write = lambda _action: seen.append(len(made.ledger.outstanding().leases))
    made.apply()
    assert seen == [1, 1, 1]


def test_lease_of_an_off_that_never_was() -> None:
    """A refused Off leaves no workaround on the books."""
    made = workaround()
    made.fleet.faults = {"exp-c-1": ["refuse"]}
    assert made.apply().outcome == "failed"
    assert made.ledger.outstanding().leases == ()


def test_f087_setting_that_flips_back() -> None:
    """A value that replication takes back within one interval does not count (F087)."""
    made = workaround(outstanding=PER_PEER)
    made.fleet.flips_back = 30
    result = made.apply()
    assert (result.outcome, states(result)) == ("failed", ["failed", "failed", "failed"])
    assert "went back" in result.steps[0].why
    assert made.ledger.outstanding().leases == ()


def test_rename_waits_for_the_refresh() -> None:
    """The hand step prints its clicks and is confirmed by the zones; the refresh owed is paid by it."""
    made = rename()

    def press(_seconds: float) -> None:
        if made.told.of("by-hand"):
            made.fleet.truth = made.plan.steps[-1].action.effect(made.fleet.truth)

    made.clock.at_wait = press
    result = made.apply()
    assert (result.outcome, states(result)) == ("done", ["changed", "changed"])
    assert "Refresh servers" in made.told.of("by-hand")[0]
    assert {o.kind for o in made.ledger.outstanding().obligations} == {"restart-service"}


def test_refresh_that_nobody_does() -> None:
    """The deadline ends the wait, and the refresh stays owed."""
    made = rename()
    result = made.apply()
    assert states(result) == ["changed", "failed"]
    assert "not done by hand" in result.steps[1].why
    assert "refresh-servers" in {o.kind for o in made.ledger.outstanding().obligations}
