"""Runs that stop, die, are resumed or go over several clusters."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remediate.actions import SetVerifyOriginServer, UploadCertificates
from remediate.engine.apply import Stop
from remediate.errors import PreconditionFailed
from remediate.journal.entries import StepIntended
from remediate.model.observed import ObservedState
from tests.support.doubles import Killed
from tests.support.scenes import LASTING, Scene
from tests.support.windows import Window, states, two_clusters, uploads, window, workaround


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


def _die(_action: object) -> None:
    raise Killed


def _run_with_death_at(made: Window, event: int) -> bool:
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
        made.apply()
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


@pytest.mark.parametrize("case", [uploads, workaround])
def test_death_at_every_event(case: Callable[[], Window]) -> None:
    """Killed at any event the journal tells the truth, and resuming ends as if nothing had happened."""
    whole = case()
    whole.apply()
    event = 0
    while _run_with_death_at(made := case(), event):
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


def _after_all_steps(made: Window) -> ObservedState:
    truth = made.fleet.now()
    for step in made.plan.steps:
        truth = step.action.effect(truth)
    return truth


def test_failure_in_one_cluster_leaves_the_others() -> None:
    """What one cluster refuses changes nothing for the other (I18)."""
    made = two_clusters()
    made.fleet.faults = {"exp-c-1": ["refuse"]}
    result = made.apply()
    assert dict(result.clusters) == {"exp-c": "failed", "exp-d": "done"}
    assert result.outcome == "failed"
    assert [a.host for a in made.fleet.writes] == ["exp-d-1"]


def test_second_apply_goes_only_where_the_first_failed() -> None:
    """A cluster on which the plan is done gets no second write (I8)."""
    made = two_clusters()
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
