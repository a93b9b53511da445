"""What the policy keeps from being started: budgets, soak and gate, windows, backups, peers that stay up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from remediate.errors import ForbiddenStep, InputError, PreconditionFailed
from remediate.journal.entries import Attested
from remediate.journal.rollback import rollback_plan
from remediate.model.policy import Budgets, ChangeWindow, Policy
from remediate.planning.plan import Plan
from tests.support.doubles import AT
from tests.support.windows import Window, off_on_two, states, two_clusters, uploads

# AT is a Tuesday, 02:00 UTC.


def night(seconds: int, **more: object) -> ChangeWindow:
    """Allowed from 02:00 UTC for so long."""
    given = {"name": "night", "kind": "allow", "days": ("tue",), "start": "02:00", "duration": seconds}
    return ChangeWindow.model_validate(given | more)


def rules(made: Window, **policy: object) -> Window:
    """The same under these rules."""
    made.policy = Policy.model_validate(policy)
    return made


def test_first_cluster_soaks() -> None:
    """One cluster first; the others after the time and the login between them."""
    gates: list[tuple[str, float]] = []
    made = rules(two_clusters(), first_cluster="exp-d", soak=120)

    def logs_in(when: str) -> str:
        gates.append((when, made.clock.monotonic()))
        return ""

    made.gate = logs_in
    result = made.apply()
    assert result.outcome == "done"
    assert [action.host for action in made.fleet.writes] == ["exp-d-1", "exp-c-1"]
    assert [when for when, _ in gates] == ["after exp-d", "after exp-d, exp-c"]
    assert gates[0][1] >= 120


def test_f141_gate_after_the_first_cluster() -> None:
    """A login that is worse than before keeps the others from being started."""
    made = rules(two_clusters(), soak=1)
    made.gate = lambda _when: "login through exp-e-1 failed: 502"
    result = made.apply()
    assert (result.stopped, [a.host for a in made.fleet.writes]) == ("gate", ["exp-c-1"])
    assert dict(result.clusters) == {"exp-c": "done", "exp-d": "interrupted"}
    assert "502" in states_why(made, "exp-d")


def states_why(made: Window, cluster: str) -> str:
    """What the journal says of how a cluster ended."""
    return next(e.summary for e in made.ledger.kept if e.kind == "run-closed" and e.cluster == cluster)


def test_f141_budget_of_failures() -> None:
    """Equal means stop: by default the first failed cluster keeps the rest from being started."""
    made = two_clusters()
    made.fleet.faults = {"exp-c-1": ["refuse"]}
    result = made.apply()
    assert (result.stopped, result.outcome) == ("budget", "failed")
    assert "budget max_failed 1/1 used (exp-c failed)" in states_why(made, "exp-d")
    assert made.fleet.writes == []


@pytest.mark.parametrize(("most", "goes_on"), [(None, True), (2, True), (1, False)])
def test_budget_of_unreachable_clusters(most: int | None, goes_on: bool) -> None:
    """Counted apart from failures; without a number the others go on."""
    made = rules(two_clusters(), budgets=Budgets(max_unreachable=most))
    made.fleet.down = {"exp-c-1"}
    result = made.apply()
    assert dict(result.clusters)["exp-d"] == ("done" if goes_on else "interrupted")
    assert result.stopped == ("" if goes_on else "budget")


def test_outside_of_every_window() -> None:
    """Refused before anything is read, with the next window by name; a reason overrides it, a rollback needs none."""
    made = rules(uploads(), windows=(night(3600, days=("sat",)),))
    with pytest.raises(ForbiddenStep, match="the next is night, from 2026-11-28 02:00 UTC"):
        made.apply()
    assert made.ledger.kept == []
    made.override = "P1 incident"
    assert made.apply().outcome == "done"


def test_denied() -> None:
    """Deny wins over allow."""
    freeze = night(7200, name="freeze", kind="deny")
    with pytest.raises(ForbiddenStep, match=r"denied until 2026-11-24 04:00 UTC \(freeze\)"):
        rules(uploads(), windows=(night(3600), freeze)).apply()


def test_nothing_that_could_not_be_taken_back() -> None:
    """A step begins only if it, by its deadline, ends within the window."""
    made = uploads()
    deadline = made.plan.steps[0].deadline
    rules(made, windows=(night(deadline + 90),))
    began: list[timedelta] = []
    made.fleet.before_write = lambda _action: began.append(made.clock.now() - AT)
    made.fleet.after_write = lambda _action: made.clock.wait(100)  # type: ignore[assignment]
    result = made.apply()
    assert result.stopped == "window"
    assert states(result) == ["changed", "skipped"]
    assert "could not also be taken back" in result.steps[1].why
    assert began == [timedelta()]


def test_backups_are_asked_for() -> None:
    """Without a fresh one on record nothing is written, and the line that records it is printed."""
    made = rules(uploads(), backup_age=86_400)
    with pytest.raises(PreconditionFailed, match="remediate attest backup:exp-c"):
        made.apply()
    old, fresh = (AT - timedelta(hours=hours) for hours in (25, 1))
    ahead = AT + timedelta(days=365)
    for at in (old, ahead):
        made.ledger.append(Attested(run="attested", cluster="exp-c", at=at, who="A. Person", what="backup"))
    with pytest.raises(PreconditionFailed):
        made.apply()
    made.ledger.append(Attested(run="attested", cluster="exp-c", at=fresh, who="A. Person", what="backup"))
    assert made.apply().outcome == "done"


def way_back(made: Window) -> Plan:
    """Of its first run."""
    run, now = made.ledger.kept[0].run, made.clock.now()
    return rollback_plan(made.ledger.kept, run, made.desired, made.now(), now, accept="test", tool_version="test")


def test_rollback_is_held_up_by_nothing() -> None:
    """No window, no backup, no soak, and one cluster that fails keeps no other from being taken back."""
    made = off_on_two()
    back = way_back(made)
    began = made.clock.monotonic()
    rules(made, windows=(night(60, days=("sat",)),), backup_age=60, soak=10_000)
    made.fleet.faults = {"exp-c-1": ["refuse"]}
    result = made.apply(plan=back)
    assert dict(result.clusters) == {"exp-c": "failed", "exp-d": "done"}
    assert made.clock.monotonic() - began < 10_000


def test_what_is_called_a_rollback_takes_something_back() -> None:
    """A file that says so of other steps is not let past windows, backups and approvals: nothing is written."""
    made = off_on_two()
    back = way_back(made)
    written = list(made.fleet.writes)
    upload, off = two_clusters().plan.steps[0], made.plan.steps[0]
    for action in (upload.action, off.action):
        step = back.steps[0].model_copy(update={"action": action})
        with pytest.raises(ForbiddenStep, match="takes back nothing"):
            made.apply(plan=back.model_copy(update={"steps": (step,), "workarounds": made.plan.workarounds}))
    with pytest.raises(ForbiddenStep, match="takes back nothing"):
        made.apply(plan=back.model_copy(update={"steps": (upload,)}))
    with pytest.raises(InputError, match="knows no run"):
        made.apply(plan=back.model_copy(update={"undoes": "another"}))
    assert made.fleet.writes == written


@pytest.mark.parametrize(("minutes", "outcome"), [(4, "done"), (-4, "done"), (6, "stale"), (-90, "stale")])
def test_clocks_apart(minutes: int, outcome: str) -> None:
    """A peer whose clock is more than five minutes off keeps its cluster from being started."""
    made = uploads()
    made.fleet.clock_off = timedelta(minutes=minutes)
    result = made.apply()
    assert result.outcome == outcome
    assert bool(made.fleet.writes) is (outcome == "done")
