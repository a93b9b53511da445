"""A rehearsal tells what holds, and would tell what does not: plans of every kind, on readings of every scenario."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from remediate.files.captures import read_capture
from remediate.files.project import load_desired
from remediate.journal.rollback import rollback_plan
from remediate.model.base import digest
from remediate.model.desired import Play
from remediate.model.health import MAINTENANCE
from remediate.model.reading import Known
from remediate.model.rehearsal import Rehearsal
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.rehearsal import Cast, rehearse, stage
from tests.golden.cases import cases
from tests.support.doubles import AT
from tests.support.scenes import LASTING, OFF
from tests.support.windows import Window, rename, uploads, workaround

WITH_STEPS = [
    case for case in cases() if case.name in ("mixed", "multi-server-san", "seed-server-by-ip", "healthy-workaround")
]


def held(cast: Cast) -> Rehearsal:
    """The rehearsal of it."""
    return rehearse(cast, digest(cast.plan), AT, "test")


def cast_of(made: Window) -> Cast:
    """What a change window would rehearse."""
    return Cast(made.plan, made.desired, made.fleet.truth)


@pytest.mark.parametrize("case", WITH_STEPS, ids=lambda case: case.name)
def test_readings_of_the_lab(case: Path) -> None:
    """Every way through the plan of a scenario holds: with each fault of each step, and dead at each event."""
    desired = load_desired(case / "inventory", case / "playbook.yml")
    observed = read_capture(case / "observed.json")
    plan = plan_for(desired, observed, observed.taken_at, "golden")
    found = held(Cast(plan, desired, observed))
    assert found.wrong == ()
    for cluster in plan.clusters:
        mine = [trial for trial in found.trials if trial.cluster == cluster]
        by_tool = sum(step.by == "tool" for step in plan.steps if step.cluster == cluster)
        scopes = len({trial.reaches for trial in mine})
        assert sum(trial.kind == "fault" for trial in mine) == 3 * by_tool * scopes
        assert sum(trial.kind == "death" for trial in mine) >= 2 * 5 * by_tool


@pytest.mark.parametrize("made", [uploads, workaround, rename], ids=["uploads", "workaround", "rename"])
def test_kinds_of_change(made: Callable[[], Window]) -> None:
    """Certificates that stay, a setting that replicates or does not, a name with its step by hand."""
    found = held(cast_of(made()))
    assert found.wrong == ()
    reaches = {trial.reaches for trial in found.trials}
    assert reaches == ({"replicated", "per peer"} if made is workaround else {""})
    left = [trial.left for trial in found.trials if trial.kind == "as planned" and trial.way == "back"]
    assert left == ([2] if made is uploads else [0, 0] if made is workaround else [0])


def test_check_switched_on() -> None:
    """Off again is a workaround's, never a rollback's: the plan says so, and the rehearsal finds it so."""
    made = workaround()
    made.apply()
    play = OFF.model_copy(update={"verify_origin_server": "On", "workaround": None})
    desired = made.desired.model_copy(update={"plays": (play,)})
    plan = plan_for(desired, made.now(), made.clock.now(), "test")
    assert {step.undo.kind for step in plan.steps} == {"by-hand"}
    found = held(Cast(plan, desired, made.now()))
    assert found.wrong == ()
    assert [trial.left for trial in found.trials if trial.kind == "as planned" and trial.way == "back"] == [3, 3]


def test_restarts() -> None:
    """A peer that restarts within the plan comes back, whenever the run dies."""
    play = LASTING.model_copy(update={"restart": "at-end"})
    found = held(serving(uploads(plays=(play,)), play))
    assert found.wrong == ()
    assert any("restart-peer" in trial.trouble for trial in found.trials)


def serving(made: Window, play: Play) -> Cast:
    """Peers that say whether they are in maintenance mode, which a restart asks."""
    for peer in made.fleet.truth.peers:
        mode = (MAINTENANCE, Known[str | None](value="Off"))
        made.fleet.change_peer(peer.host, settings=(*peer.settings, mode))
    desired = made.desired.model_copy(update={"plays": (play,)})
    return Cast(plan_for(desired, made.fleet.truth, AT, "test"), desired, made.fleet.truth)


def test_other_readings() -> None:
    """On readings that are not those of the plan its steps are stale; nothing more is tried, and nothing holds."""
    made = workaround()
    made.fleet.set_setting("exp-c-1", "Off")
    made.fleet.set_setting("exp-c-2", "Off")
    made.fleet.set_setting("exp-c-3", "Off")
    for host in ("exp-c-1", "exp-c-2", "exp-c-3"):
        made.fleet.change_peer(host, settings=())
    found = held(cast_of(made))
    assert not found.holds
    assert {trial.kind for trial in found.trials} == {"as planned"}
    assert "set-verify-origin-server:exp-c-1" in found.wrong[0].wrong[0]


def test_a_way_back_that_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """One wrong inverse, and the rehearsal says where, and what is then otherwise than before."""

    def backwards(*args: object, **words: object) -> Plan:
        plan = rollback_plan(*args, **words)  # type: ignore[arg-type]
        return plan.model_copy(update={"steps": plan.steps[1:]})

    monkeypatch.setattr(stage, "rollback_plan", backwards)
    found = held(cast_of(workaround()))
    assert {trial.way for trial in found.wrong} == {"back"}
    assert any("VerifyOriginServer: On → Off" in line for trial in found.wrong for line in trial.wrong)


def test_a_prediction_that_goes_wrong() -> None:
    """A plan that foretells another end than its steps lead to does not hold."""
    cast = cast_of(workaround())
    good = tuple(c.model_copy(update={"state": "good"}) for c in cast.plan.after)
    found = held(Cast(cast.plan.model_copy(update={"after": good}), cast.desired, cast.observed))
    assert found.wrong[0].wrong[0].startswith("ends unverified, and the plan says good: exp-c-1 → ")


def test_what_is_owed_already() -> None:
    """What the readings say to be owed is owed on the twins too, whatever this machine's ledger knows."""
    made = uploads()
    made.apply()
    desired = made.desired.model_copy(update={"plays": (OFF,)})
    plan = plan_for(desired, made.now(), made.clock.now(), "test")
    assert plan.steps
    assert held(Cast(plan, desired, made.now())).wrong == ()
    assert held(Cast(plan, desired, made.now(), tuple(made.ledger.kept))).wrong == ()


def test_after_earlier_runs() -> None:
    """The ledger so far counts: a plan that was applied is not applied again."""
    made = workaround()
    made.apply()
    cast = cast_of(made.again())
    found = held(Cast(cast.plan, cast.desired, cast.observed, tuple(made.ledger.kept)))
    assert [trial.ended for trial in found.trials][:1] == ["done"]
    assert not found.holds
