"""Runs that stop, die, are resumed or go over several clusters."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remediate.actions import SetVerifyOriginServer, UploadCertificates
from remediate.engine.apply import Stop
from remediate.errors import PreconditionFailed, StalePlan
from remediate.journal.entries import Confirmed, StepIntended
from remediate.journal.rollback import rollback_plan
from remediate.model.observed import ObservedState
from remediate.model.policy import Budgets, Policy
from remediate.model.reading import Known
from remediate.planning.plan import Plan
from tests.support.doubles import Killed
from tests.support.fleet import Fleet
from tests.support.scenes import LASTING, Scene
from tests.support.windows import Window, rename, states, two_clusters, uploads, window, workaround


def test_stop_between_steps() -> None:
    """The step in flight ends, nothing new begins, and the journal is complete."""
    made = uploads()
    made.fleet.after_write = lambda _action: made.stop.request("interrupted")
    result = made.apply()
    assert (result.outcome, states(result)) == ("interrupted", ["changed", "skipped"])
    assert made.ledger.outstanding().open_runs == ()


def test_interrupted_run_can_be_applied_again() -> None:
    """What is done is found done, the rest is done now."""
    made = uploads()
    made.fleet.after_write = lambda _action: made.stop.request("interrupted")
    made.apply()
    made.stop = Stop()
    assert (states(made.apply()), len(made.fleet.writes)) == (["ok", "changed"], 2)


def test_open_run_is_in_the_way() -> None:
    """A run that died is resumed or taken back before another one starts."""
    made = uploads()
    made.fleet.after_write = _die
    with pytest.raises(Killed):
        made.apply()
    with pytest.raises(PreconditionFailed, match="--resume"):
        made.apply()


def test_resume_after_the_plan_expired() -> None:
    """What is left then is the way back, and it is named; a new plan alone would be refused for the open run."""
    made = uploads()
    made.fleet.after_write = _die
    with pytest.raises(Killed):
        made.apply()
    made.clock.wait(90_000)
    run = made.ledger.kept[0].run
    with pytest.raises(StalePlan, match=f"remediate rollback {run} takes it back"):
        made.apply(resume=run)


def test_resume_reads_what_was_done() -> None:
    """A step done before the death and changed since by somebody else stops the resumed run."""
    made = workaround()
    first = made.plan.steps[0].id
    assert _run_with_death_at(made, events_until_confirmed(made, first))
    made.stop = Stop()
    made.fleet.set_setting("exp-c-1", "On")
    writes = len(made.fleet.writes)
    result = made.apply(resume=made.ledger.kept[0].run)
    assert (result.outcome, result.steps[0].state, len(made.fleet.writes)) == ("stale", "stale", writes)
    assert "exp-c-1 shows On" in result.steps[0].why


def events_until_confirmed(made: Window, step: str) -> int:
    """How many events of an uninterrupted run come before a step is confirmed and the next begins."""
    twin, events = made.again(), [0]
    confirmed = [10_000]

    def count(thing: object) -> None:
        events[0] += 1
        if isinstance(thing, Confirmed) and thing.step == step:
            confirmed[0] = events[0]

    twin.ledger.before_append = count
    twin.fleet.before_write = twin.fleet.after_write = count
    twin.apply()
    return confirmed[0]


def _die(_action: object) -> None:
    raise Killed


def _run_with_death_at(made: Window, event: int, plan: Plan | None = None) -> bool:
    """Apply and die at the event of that number: each append and each write counts before and after."""
    left = [event]

    def count(_thing: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    made.ledger.before_append = count
    made.fleet.before_write = count
    made.fleet.after_write = count
    try:
        made.apply(plan=plan)
    except Killed:
        return True
    finally:
        made.ledger.before_append = lambda _entry: None
        made.fleet.before_write = made.fleet.after_write = lambda _action: None
    return False


def _truthful(made: Window) -> None:
    """No write without its intent; a confirmed step is in force; what is unsettled counts as unsettled."""
    intents = [e for e in made.ledger.kept if isinstance(e, StepIntended)]
    assert all(any(i.action == action for i in intents) for action in made.fleet.writes)
    status = made.status() if made.ledger.kept else {}
    for step in made.plan.steps:
        if status.get(step.id) == "confirmed":
            reached = step.action.effect(made.fleet.now())
            assert reached == made.fleet.now()
    owed = {o.host for o in made.ledger.outstanding().obligations}
    assert {a.host for a in made.fleet.writes if isinstance(a, UploadCertificates)} <= owed
    off = any(isinstance(a, SetVerifyOriginServer) and a.value == "Off" for a in made.fleet.writes)
    assert not off or made.ledger.outstanding().leases


def replicated() -> Window:
    """The workaround on a cluster whose setting replicates."""
    made = workaround()
    made.fleet.scope = "replicated"
    return made


def pressing(made: Window, plan: Plan | None = None) -> Window:
    """Whoever is there does the last step of a plan once it is asked for."""
    last = (plan or made.plan).steps[-1:]

    def press(_seconds: float) -> None:
        if made.told.of("by-hand"):
            made.fleet.truth = last[0].action.effect(made.fleet.truth)

    made.clock.at_wait = press
    return made


CASES = pytest.mark.parametrize("case", [uploads, workaround, replicated, rename])


@CASES
def test_death_at_every_event(case: Callable[[], Window]) -> None:
    """Killed at any event the journal tells the truth, and resuming ends as if nothing had happened."""
    whole = pressing(case())
    whole.apply()
    event = 0
    while _run_with_death_at(made := pressing(whole.again()), event):
        _truthful(made)
        made.stop = Stop()
        opened = made.ledger.outstanding().open_runs
        result = made.apply(resume=opened[0].run if opened else "")
        assert (event, result.outcome) == (event, "done")
        assert made.fleet.now().peers == _after_all_steps(made).peers
        assert len(made.fleet.writes) == len(whole.fleet.writes)
        assert made.ledger.outstanding().open_runs == ()
        event += 1
    assert event > 10


@CASES
def test_way_back_from_every_event(case: Callable[[], Window]) -> None:
    """Killed at any event the run can be taken back to where it began, but for CAs left in place."""
    whole, event = case(), 0
    while _run_with_death_at(made := pressing(whole.again()), event):
        made.stop = Stop()
        if made.ledger.kept:
            _take_back(made)
        assert made.ledger.outstanding().open_runs == ()
        _as_before(made)
        event += 1
    assert event > 10


@CASES
def test_f006_death_during_the_way_back(case: Callable[[], Window]) -> None:
    """A rollback killed at any event is made and run again, and ends the same (F006)."""
    whole, event, died = case(), 0, True
    while died:
        made = pressing(whole.again())
        made.apply()
        plan = _plan_back(made)
        made.clock.wait(1)
        made.told.lines.clear()
        died = _run_with_death_at(pressing(made, plan), event, plan)
        made.stop = Stop()
        _take_back(made)
        assert made.ledger.outstanding().open_runs == ()
        _as_before(made)
        event += 1
    assert event > 10 or not plan.steps


def _plan_back(made: Window) -> Plan:
    observed = made.now()
    first = made.ledger.kept[0].run
    entries, now = made.ledger.kept, made.clock.now()
    return rollback_plan(
        entries, first, made.desired, observed, now, tool_version="test", judge=lambda _d, _o, _when: ()
    )


def _take_back(made: Window) -> None:
    plan = _plan_back(made)
    made.told.lines.clear()
    made.clock.wait(1)
    pressing(made, plan)
    assert made.apply(plan=plan).outcome == "done"


def _as_before(made: Window) -> None:
    began = Fleet(made.began, made.clock)
    assert [p.settings for p in made.fleet.now().peers] == [p.settings for p in began.now().peers]
    assert [p.zones for p in made.fleet.now().peers] == [p.zones for p in began.now().peers]
    assert made.fleet.now().uc == began.now().uc
    assert made.ledger.outstanding().leases == ()


def test_peer_that_goes_down_between_two_steps() -> None:
    """The next peer is not written while another one is down (F081)."""
    made = uploads()
    made.fleet.after_write = lambda _action: made.fleet.schedule(0, _down)

    def _down(truth: ObservedState) -> ObservedState:
        made.fleet.down.add("exp-c-2")
        return truth

    result = made.apply()
    assert result.outcome in ("failed", "unreachable")
    assert [a.host for a in made.fleet.writes] == ["exp-c-2"]


def test_alarm_between_two_steps() -> None:
    """An alarm that rises on a peer of ours stops its cluster before the next peer (F08B)."""
    made = uploads()
    made.fleet.after_write = lambda _action: made.fleet.change_peer("exp-c-1", alarms=Known(value=("35013",)))
    result = made.apply()
    assert (result.outcome, states(result)) == ("stale", ["changed", "stale", "skipped"])
    assert "35013" in result.steps[1].why


def _after_all_steps(made: Window) -> ObservedState:
    truth = made.fleet.now()
    for step in made.plan.steps:
        truth = step.action.effect(truth)
    return truth


def test_failure_in_one_cluster_leaves_the_others() -> None:
    """What one cluster refuses changes nothing for the other (I18)."""
    made = two_clusters()
    made.policy = Policy(budgets=Budgets(max_failed=2))
    made.fleet.faults = {"exp-c-1": ["refuse"]}
    result = made.apply()
    assert dict(result.clusters) == {"exp-c": "failed", "exp-d": "done"}
    assert result.outcome == "failed"
    assert [a.host for a in made.fleet.writes] == ["exp-d-1"]


def test_second_apply_goes_only_where_the_first_failed() -> None:
    """A cluster on which the plan is done gets no second write (I8)."""
    made = two_clusters()
    made.policy = Policy(budgets=Budgets(max_failed=2))
    made.fleet.faults = {"exp-c-1": ["refuse"]}
    first = made.apply()
    logins = made.fleet.logins.count("exp-d-1")
    second = made.apply()
    assert (first.outcome, second.outcome) == ("failed", "done")
    assert made.fleet.logins.count("exp-d-1") == logins
    assert [a.host for a in made.fleet.writes] == ["exp-d-1", "exp-c-1"]


def test_damage_in_one_cluster_stops_the_others() -> None:
    """A list that was replaced on the first peer keeps the next cluster from being written."""
    made = two_clusters()
    made.fleet.faults = {"exp-c-1": ["replace"]}
    result = made.apply(forks=1)
    assert dict(result.clusters) == {"exp-c": "failed", "exp-d": "interrupted"}
    assert [a.host for a in made.fleet.writes] == ["exp-c-1"]


def test_empty_plan() -> None:
    """A plan with no changes opens no run."""
    made = window(Scene(plays=(LASTING,)))
    result = made.apply()
    assert (result.outcome, result.run, made.ledger.kept) == ("done", "", [])
