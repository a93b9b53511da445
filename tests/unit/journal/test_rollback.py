"""The way back: computed from the journal, a plan like any other, never over what others wrote since."""

from __future__ import annotations

import pytest

from remediate.engine.apply import Stop
from remediate.errors import ForbiddenStep, InputError, StalePlan
from remediate.journal.rollback import rollback_plan
from remediate.model.observed import ObservedState
from remediate.model.reading import Known
from remediate.planning.guards import refuse_breaking
from remediate.planning.plan import Plan
from remediate.planning.retire import retire_plan
from tests.support import forge
from tests.support.doubles import Killed
from tests.support.scenes import ADDRESS, LASTING, PUB, Scene, vouch
from tests.support.windows import Window, off_on_two, rename, states, uploads, window, workaround


def back(made: Window, run: str = "", *, only: str = "", limit: frozenset[str] | None = None, accept: str = "") -> Plan:
    """The rollback plan of the window's first run, on the fleet as it is now."""
    chosen = run or made.ledger.kept[0].run
    now = made.clock.now()
    return rollback_plan(
        made.ledger.kept, chosen, made.desired, observed(made), now,
        only=only, limit=limit, accept=accept, tool_version="test",
    )  # fmt: skip


def observed(made: Window) -> ObservedState:
    """What a collect would read now."""
    return made.now()


@pytest.fixture
def off() -> Window:
    """The workaround is in force, on origins that would be good."""
    made = workaround()
    made.fleet.scope = "replicated"
    made.apply()
    return made


def broken_origins() -> Window:
    """The workaround is in force, on origins that no peer trusts."""
    made = workaround(
        root=forge.authority("Unknown Root"),
        trust={p: (forge.authority("Corp Root").certificate,) for p in ("exp-c-1", "exp-c-2", "exp-c-3")},
    )
    made.apply()
    return made


def test_workaround_comes_back_on_everywhere(off: Window) -> None:
    """Primary first, the others only if they do not follow; then On everywhere and no lease."""
    plan = back(off)
    assert [(s.action.host, s.unless is None) for s in plan.steps] == [
        ("exp-c-1", True),
        ("exp-c-2", False),
        ("exp-c-3", False),
    ]
    assert (plan.purpose, plan.closes) == ("rollback", ("exp-c",))
    result = off.apply(plan=plan)
    assert (result.outcome, states(result)) == ("done", ["changed", "ok", "ok"])
    assert {off.fleet.setting(p.host) for p in off.fleet.truth.peers} == {"On"}
    assert off.ledger.outstanding().leases == ()
    assert "undone" in off.status().values()


def test_rollback_expects_what_was_written(off: Window) -> None:
    """A step expects the after-value and confirms the before-value."""
    step = back(off).steps[0]
    assert (step.expect.value, step.confirm[0].value) == ("Off", "On")


def test_rollback_uses_the_learned_scope() -> None:
    """On a cluster that does not replicate every peer is written back, unconditionally."""
    made = workaround()
    made.apply()
    plan = back(made)
    assert [s.unless for s in plan.steps] == [None, None, None]
    assert made.apply(plan=plan).outcome == "done"


def test_rollback_twice_is_rollback_once(off: Window) -> None:
    """After a rollback nothing is left to take back (I15)."""
    off.apply(plan=back(off))
    again = back(off)
    assert (again.steps, again.blocked, again.closes) == ((), (), ())


def test_connections_that_would_fail() -> None:
    """They are named one per line, with the flag that bears them; with it they stand in the plan."""
    made = broken_origins()
    with pytest.raises(ForbiddenStep) as refused:
        back(made)
    lines = str(refused.value).splitlines()
    assert len([line for line in lines if "exp-c-2 → cucm-sub:6972" in line]) == 1
    assert "--accept-login-failures REASON" in lines[-1]
    plan = back(made, accept="restored by order of the change board")
    assert len(plan.accepts_failing) == len([line for line in lines if "→" in line])
    assert plan.accepts_reason == "restored by order of the change board"
    assert made.apply(plan=plan).outcome == "done"


def test_somebody_turned_it_on_again(off: Window) -> None:
    """What another administrator restored needs no step; the workaround is closed with that note (F037)."""
    for peer in off.fleet.truth.peers:
        off.fleet.set_setting(peer.host, "On")
    plan = back(off)
    assert (plan.steps, plan.closes) == ((), ("exp-c",))
    assert off.apply(plan=plan).outcome == "done"
    assert off.ledger.outstanding().leases == ()


def test_changed_between_plan_and_rollback(off: Window) -> None:
    """A foreign edit after the rollback plan is found by the step's expectation."""
    plan = back(off)
    off.fleet.change_peer("exp-c-1", settings=())
    writes = len(off.fleet.writes)
    result = off.apply(plan=plan)
    assert (result.outcome != "done", len(off.fleet.writes)) == (True, writes)


def test_uploads_are_left_in_place() -> None:
    """No API deletes a CA: each is listed with the clicks that would, and no step is made."""
    made = uploads()
    made.apply()
    plan = back(made)
    assert plan.steps == ()
    assert [(b.subject, "no API deletes a CA" in b.why, "press Delete" in b.unblock) for b in plan.blocked] == [
        ("exp-c-1", True, True),
        ("exp-c-2", True, True),
    ]


def test_rename_is_taken_back_with_its_refresh() -> None:
    """The old name comes back, then the servers are refreshed by hand."""
    made = rename()
    made.clock.at_wait = lambda _seconds: press(made, made.plan)
    assert made.apply().outcome == "done"
    plan = back(made, accept="logins failed before, too")
    assert [(s.action.kind, s.by) for s in plan.steps] == [
        ("rename-system-server", "tool"),
        ("refresh-servers", "hand"),
    ]
    assert {owed.kind for owed in plan.owed} == {"restart-service"}, "the refresh is one of its steps"
    assert "not taken back: what endpoints learned" in made.plan.steps[0].undo.how
    made.told.lines.clear()
    made.clock.at_wait = lambda _seconds: press(made, plan)
    assert made.apply(plan=plan).outcome == "done"
    publisher = made.fleet.truth.uc[0].process_nodes
    assert isinstance(publisher, Known)
    assert "10.0.0.11" in {node.name for node in publisher.value}
    assert {o.kind for o in made.ledger.outstanding().obligations} == {"restart-service"}


def test_rename_back_before_the_restarts() -> None:
    """Connections that only await a restart count as standing: what the way back breaks is in its plan, so that apply
    carries it out."""
    other = forge.authority("Other Root")
    scene = Scene(
        root=other,
        trust=dict.fromkeys(Scene.peers, (forge.authority("Corp Root").certificate,)),
        names={PUB: ADDRESS[PUB]},
        plays=(LASTING,),
        vouched=(vouch("other-root", other.certificate),),
    )
    made = window(scene)
    made.operator.by_hand = True
    made.clock.at_wait = lambda _seconds: press(made, made.plan)
    assert made.apply().outcome == "done"
    with pytest.raises(ForbiddenStep, match="cucm-pub:6972"):
        back(made)
    plan = back(made, accept="back to the start")
    refuse_breaking(plan, made.desired, observed(made), made.clock.now())


def press(made: Window, plan: Plan) -> None:
    """Do the plan's hand step, once it was asked for."""
    if made.told.of("by-hand"):
        made.fleet.truth = plan.steps[-1].action.effect(made.fleet.truth)


def test_retired_workaround_does_not_come_back(off: Window) -> None:
    """Rolling back a run that set On never sets Off: only a workaround playbook may (I22)."""
    retire = retire_plan(off.desired, observed(off), off.clock.now(), "test", ["exp-c"])
    off.clock.wait(1)
    run = off.apply(plan=retire).run
    plan = back(off, run)
    assert plan.steps == ()
    assert {"workaround playbook" in b.why for b in plan.blocked} == {True}


def test_run_that_died_is_taken_back() -> None:
    """A run killed after its first write is taken back, closed, and no longer in the way."""
    made = workaround()

    def die(_action: object) -> None:
        raise Killed

    made.fleet.after_write = die
    with pytest.raises(Killed):
        made.apply()
    made.fleet.after_write = lambda _action: None
    made.stop = Stop()
    plan = back(made)
    assert [s.action.host for s in plan.steps] == ["exp-c-1"]
    assert made.apply(plan=plan).outcome == "done"
    outstanding = made.ledger.outstanding()
    assert (outstanding.open_runs, outstanding.leases) == ((), ())
    assert {made.fleet.setting(p.host) for p in made.fleet.truth.peers} == {"On"}


def test_one_step_only() -> None:
    """--only takes one step back and names the others when it is not one of them."""
    made = workaround()
    made.apply()
    chosen = made.plan.steps[1].id
    assert [s.id for s in back(made, only=chosen).steps] == [f"undo.{chosen}"]
    with pytest.raises(InputError, match=r"wrote no step nonsense: it wrote: .*exp-c-1"):
        back(made, only="nonsense")


def test_some_clusters_only() -> None:
    """--limit takes back what was written there, and ends the workaround there alone; the rest is for another time."""
    made = off_on_two()
    plan = back(made, limit=frozenset({"exp-d"}), accept="test")
    assert ([s.action.host for s in plan.steps], plan.closes) == (["exp-d-1"], ("exp-d",))
    assert made.apply(plan=plan).outcome == "done"
    assert (made.fleet.setting("exp-c-1"), made.fleet.setting("exp-d-1")) == ("Off", "On")
    assert [lease.cluster for lease in made.ledger.outstanding().leases] == ["exp-c"]
    assert [s.action.host for s in back(made, accept="test").steps] == ["exp-c-1"]
    with pytest.raises(InputError, match=r"wrote nothing there: it changed exp-c"):
        back(made, limit=frozenset({"exp-d"}))


def test_run_of_another_inventory() -> None:
    """Where a team shares a ledger: the run is known, its clusters are not."""
    made = off_on_two()
    kept = tuple(c for c in made.desired.inventory.clusters if c.name != "exp-d")
    here = made.desired.inventory.model_copy(update={"clusters": kept})
    made.desired = made.desired.model_copy(update={"inventory": here})
    with pytest.raises(InputError, match="changed exp-d, which this inventory does not hold"):
        back(made, accept="test")
    assert back(made, limit=frozenset({"exp-c"}), accept="test").closes == ("exp-c",)


def test_unknown_run() -> None:
    """The ledger's latest runs are named."""
    made = uploads()
    made.apply()
    with pytest.raises(InputError, match=made.ledger.kept[0].run):
        back(made, "no-such-run")


def test_used_plan_after_a_rollback(off: Window) -> None:
    """A plan whose effect was taken back is not silently called done."""
    off.apply(plan=back(off))
    off.clock.wait(1)
    with pytest.raises(StalePlan, match="taken back since"):
        off.apply()
