"""Restarts as steps: one peer at a time, the primary last, and nothing goes on before a peer is sound again."""

from __future__ import annotations

import pytest

from remediate.actions import Action, RestartPeer
from remediate.engine.apply import Stop
from remediate.errors import ForbiddenStep
from remediate.model.health import MAINTENANCE
from remediate.model.policy import Budgets, Policy
from remediate.model.reading import Known
from remediate.planning.planner import plan_for
from tests.support import forge
from tests.support.doubles import Killed
from tests.support.scenes import LASTING, Scene, vouch
from tests.support.windows import Window, states, window

PEERS = ("exp-c-1", "exp-c-2", "exp-c-3")
OTHER = forge.authority("Other Root")


def restarts() -> Window:
    """Every peer lacks the CA; the playbook restarts at the end. `exp-c-1` is the primary."""
    scene = Scene(
        root=OTHER,
        peers=PEERS,
        trust=dict.fromkeys(PEERS, (forge.authority("Corp Root").certificate,)),
        vouched=(vouch("other-root", OTHER.certificate),),
        plays=(LASTING.model_copy(update={"restart": "at-end"}),),
    )
    made = window(scene)
    for peer in PEERS:
        reading = made.fleet.truth.peer(peer)
        assert reading is not None
        settings = (*reading.settings, (MAINTENANCE, Known[str | None](value="Off")))
        made.fleet.change_peer(peer, settings=settings, alarms=Known[tuple[str, ...]](value=()))
    return made


def restarted(made: Window) -> list[str]:
    """Peers in the order of their restarts."""
    return [action.host for action in made.fleet.writes if isinstance(action, RestartPeer)]


def test_order() -> None:
    """Uploads first, then one restart after another, the configuration primary last; nothing is owed then."""
    made = restarts()
    ids = [step.id for step in made.plan.steps]
    assert ids[3:] == ["restart-peer:exp-c-2", "restart-peer:exp-c-3", "restart-peer:exp-c-1"]
    assert made.plan.owed == ()
    down: list[set[str]] = []
    made.clock.at_wait = lambda _seconds: down.append(set(made.fleet.down))
    result = made.apply()
    assert states(result) == ["changed"] * 6, result
    assert restarted(made) == ["exp-c-2", "exp-c-3", "exp-c-1"]
    assert max(map(len, down)) == 1
    assert made.ledger.outstanding().obligations == ()
    assert {c.state for c in made.plan.after} == {"good"}


def test_maintenance_mode_that_stays_on() -> None:
    """A peer that comes back in maintenance mode is named, and the next one is not restarted."""
    made = restarts()
    made.fleet.faults["exp-c-2"] = ["", "stuck"]
    result = made.apply()
    assert states(result) == ["changed"] * 3 + ["failed", "skipped", "skipped"]
    assert "exp-c-2 shows all but maintenance mode Off" in result.steps[3].why
    assert restarted(made) == ["exp-c-2"]
    assert {o.host for o in made.ledger.outstanding().obligations} == set(PEERS)


def test_f089_peer_that_does_not_come_back() -> None:
    """After its deadline the run stops, what became of that peer is unknown, and it is said whom to call."""
    made = restarts()
    made.fleet.restart_takes = 10_000.0
    result = made.apply()
    assert states(result)[3:] == ["unknown", "skipped", "skipped"]
    assert restarted(made) == ["exp-c-2"]
    assert made.clock.monotonic() >= made.plan.steps[3].deadline
    (words,) = made.told.of("escalate")
    assert "900 s after its restart: restart no other peer of exp-c, 2 of 3 carry MRA" in words
    assert "console" in words
    assert "TAC" in words
    assert f"apply --resume {result.run}" in words
    made.clock.wait(made.fleet.restart_takes)
    made.fleet.restart_takes = 180.0
    made.stop = Stop()
    assert made.apply(resume=result.run).outcome == "done"
    assert restarted(made) == ["exp-c-2", "exp-c-3", "exp-c-1"]


@pytest.mark.parametrize(("least", "begins"), [(2, True), (3, False)])
def test_keep_up(least: int, begins: bool) -> None:
    """Two of three stay up while one restarts: a policy that keeps more up refuses the plan before its first write."""
    made = restarts()
    made.policy = Policy(budgets=Budgets(keep_up=least))
    if begins:
        assert made.apply().outcome == "done"
        return
    with pytest.raises(ForbiddenStep, match="while exp-c-2 restarts 2 of its cluster stay up, and the policy keeps 3"):
        made.apply()
    assert made.fleet.writes == []
    assert made.ledger.kept == []


def test_new_alarm_stops() -> None:
    """An alarm that was not there before the restart keeps the next peer up."""
    made = restarts()
    made.fleet.after_write = lambda action: (
        made.fleet.change_peer(action.host, alarms=Known[tuple[str, ...]](value=("15004",)))
        if isinstance(action, RestartPeer)
        else None
    )
    result = made.apply()
    assert result.steps[3].state == "failed"
    assert "exp-c-2 shows all but no new alarm" in result.steps[3].why
    assert restarted(made) == ["exp-c-2"]


def test_lost_reply_is_not_a_second_restart() -> None:
    """The device restarts and its answer is lost: it is read back."""
    made = restarts()
    made.fleet.faults["exp-c-2"] = ["", "lost-after"]
    assert states(made.apply()) == ["changed"] * 6
    assert restarted(made) == ["exp-c-2", "exp-c-3", "exp-c-1"]


def test_by_hand_plans_no_restart() -> None:
    """Without the word in the playbook a restart is owed, and nobody restarts anything."""
    made = restarts()
    plays = tuple(play.model_copy(update={"restart": "by-hand"}) for play in made.desired.plays)
    scene_plan = made.desired.model_copy(update={"plays": plays})
    plan = plan_for(scene_plan, made.fleet.now(), made.clock.now(), "test")
    assert [step.action.kind for step in plan.steps] == ["upload-certificates"] * 3
    assert {owed.kind for owed in plan.owed} == {"restart"}


def test_a_later_run_pays() -> None:
    """What an earlier run left owed is all that the next plan does."""
    made = restarts()
    made.plan = made.plan.model_copy(update={"steps": made.plan.steps[:3]})
    made.apply()
    seen = made.now()
    later = plan_for(made.desired, seen, made.clock.now(), "test")
    assert [step.id for step in later.steps] == [f"restart-peer:{p}" for p in ("exp-c-2", "exp-c-3", "exp-c-1")]
    assert states(made.apply(plan=later)) == ["changed"] * 3
    assert made.ledger.outstanding().obligations == ()


def died_after_the_restart(takes: float = 180.0) -> Window:
    """A run that died while `exp-c-2`, told to restart, was away."""
    made = restarts()
    made.fleet.restart_takes = takes

    def die(action: Action) -> None:
        if isinstance(action, RestartPeer):
            raise Killed

    made.fleet.after_write = die
    with pytest.raises(Killed):
        made.apply()
    made.fleet.after_write = lambda _action: None
    made.stop = Stop()
    return made


@pytest.mark.parametrize("passed", [0, 180], ids=["while it is away", "when it is back"])
def test_death_after_the_restart_was_sent(passed: int) -> None:
    """The resumed run waits for the peer, reads what became of it, and restarts it no second time."""
    made = died_after_the_restart()
    made.clock.wait(passed)
    result = made.apply(resume=made.ledger.kept[0].run)
    assert result.outcome == "done", result
    assert [words.split(";")[0] for words in made.told.of("wait")][: not passed] == (
        [] if passed else ["was being restarted when the run ended"]
    )
    assert restarted(made) == ["exp-c-2", "exp-c-3", "exp-c-1"]
    assert made.ledger.outstanding().obligations == ()


def test_a_peer_that_stays_away_is_waited_for_no_longer_than_its_deadline() -> None:
    """From the restart on, as the run that died would have; nothing is written then."""
    made = died_after_the_restart(takes=10.0**6)
    died = made.clock.monotonic()
    result = made.apply(resume=made.ledger.kept[0].run)
    assert (result.outcome, restarted(made)) == ("unreachable", ["exp-c-2"])
    assert made.clock.monotonic() - died == made.plan.steps[3].deadline


def died_before_the_restart() -> Window:
    """A run that died after its intent to restart `exp-c-2`, before anything was sent."""
    made = restarts()

    def die(action: Action) -> None:
        if isinstance(action, RestartPeer):
            raise Killed

    made.fleet.before_write = die
    with pytest.raises(Killed):
        made.apply()
    made.fleet.before_write = lambda _action: None
    made.stop = Stop()
    return made


def test_death_before_the_restart_was_sent() -> None:
    """A peer that goes on answering out of maintenance mode was not told to restart: known soon, not sent by guess."""
    made = died_before_the_restart()
    began = made.clock.monotonic()
    result = made.apply(resume=made.ledger.kept[0].run)
    assert result.outcome == "failed"
    assert result.steps[3].state == "unknown"
    assert "exp-c-2 did not restart: it answered for 60 s" in result.steps[3].why
    assert "next: remediate plan" in result.steps[3].why
    assert made.clock.monotonic() - began < made.plan.steps[3].deadline / 4
    assert restarted(made) == []
    assert {o.host for o in made.ledger.outstanding().obligations} == set(PEERS)
    made.stop = Stop()
    later = plan_for(
        made.desired,
        made.now(),
        made.clock.now(),
        "test",
    )
    assert states(made.apply(plan=later)) == ["changed"] * 3
    assert restarted(made) == ["exp-c-2", "exp-c-3", "exp-c-1"]


def test_death_in_maintenance_mode() -> None:
    """Where maintenance mode is on, the order may have been sent: it is waited for as long as a restart may take."""
    made = died_before_the_restart()
    reading = made.fleet.truth.peer("exp-c-2")
    assert reading is not None
    settings = (*(s for s in reading.settings if s[0] != MAINTENANCE), (MAINTENANCE, Known[str | None](value="On")))
    made.fleet.change_peer("exp-c-2", settings=settings)
    began = made.clock.monotonic()
    result = made.apply(resume=made.ledger.kept[0].run)
    assert "exp-c-2 shows all but restarted, maintenance mode Off" in result.steps[3].why
    assert made.clock.monotonic() - began >= made.plan.steps[3].deadline
    assert restarted(made) == []


def test_restart_that_begins_late() -> None:
    """A restart that shows only after the run was resumed is seen, and the run goes on."""
    made = died_before_the_restart()
    action = made.plan.steps[3].action
    made.clock.at_wait = lambda _seconds: (
        made.fleet.perform("exp-c-2", action) if not restarted(made) and made.clock.monotonic() > 20 else None
    )
    result = made.apply(resume=made.ledger.kept[0].run)
    assert result.outcome == "done", result
    assert restarted(made) == ["exp-c-2", "exp-c-3", "exp-c-1"]


def test_told_before_a_restart() -> None:
    """Calls and MRA sessions are counted before maintenance mode, or said to be not known."""
    made = restarts()
    made.fleet.carried = {"exp-c-2": ("calls 1", "sessions 40"), "exp-c-3": ("calls 0", "mra Active")}
    assert made.apply().outcome == "done"
    told = made.told.of("in-service")
    assert told[0] == "before its restart: 1 active call, 40 MRA sessions"
    assert told[1] == "before its restart: 0 active calls, MRA sessions not known"
    assert told[2].startswith("before its restart: active calls not known, MRA sessions not known (")


def test_in_service_as_before() -> None:
    """What was up right before the restart is up after it, else the next peer stays up."""
    made = restarts()
    made.fleet.carried = {"exp-c-2": ("calls 7", "mra Active", "zone A", "zone B")}
    made.fleet.after_write = lambda action: (
        made.fleet.carried.update({"exp-c-2": ("calls 0", "zone A")}) if isinstance(action, RestartPeer) else None
    )
    result = made.apply()
    assert states(result)[3:] == ["failed", "skipped", "skipped"]
    assert result.steps[3].why == "exp-c-2 lacks what was up before its restart: mra Active, zone B"
    assert restarted(made) == ["exp-c-2"]
