"""Carry out a plan: guards, one lane per cluster, everything in the journal before and after."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack

from remediate.actions import Risk
from remediate.engine.apply_guards import (
    check_ledger,
    check_lent,
    check_plan,
    check_way_back,
    lanes_of,
    written_clusters,
)
from remediate.engine.apply_policy import check_policy
from remediate.engine.apply_ports import ApplyPorts, Lane, Stop
from remediate.engine.apply_result import ApplyResult, HostCounts, LaneResult, StepOutcome, recap, worst
from remediate.engine.apply_settle import close_alone, close_taken_back, left_locked
from remediate.engine.apply_stages import in_stages
from remediate.journal.entries import RunClosed, RunOpened
from remediate.journal.fold import Outcome, RunState, run_state, runs_of
from remediate.planning.plan import Plan

__all__ = ["ApplyPorts", "ApplyResult", "HostCounts", "StepOutcome", "Stop", "apply"]


def apply(plan: Plan, sha256: str, ports: ApplyPorts, forks: int = 4, resume: str = "") -> ApplyResult:
    """Run the steps of a plan; `sha256` is that of its file, `resume` the id of an unfinished run of it.

    Raises StalePlan or PreconditionFailed (3), ForbiddenStep (7), Locked (6) and JournalError before
    anything is written; JournalError also later, when the journal can no longer be kept: then every lane
    stops before its next write. A cluster on which this plan is done gets no second write (I8).
    """
    check_plan(plan, ports, resume)
    lanes = lanes_of(plan)
    if not lanes:
        return _without_steps(plan, ports)
    check_policy(plan, written_clusters(plan), ports)
    name = f"{ports.clock.now():%Y%m%dT%H%M%SZ}-{sha256[:8]}"
    with ExitStack() as held:
        # In the name of the run that is rolled back or resumed, which may have left a write unsettled.
        dead = left_locked(plan.undoes, ports) if plan.undoes else ()
        for cluster in sorted({*written_clusters(plan), *dead}):
            held.enter_context(ports.ledger.lock(cluster, plan.undoes or resume or name, ports.consent.who))
        entries = ports.ledger.entries()
        check_lent(plan, entries, ports.clock.now())
        runs = runs_of(entries)
        check_way_back(plan, runs)
        before = _done_before(check_ledger(plan, sha256, runs, resume))
        if set(lanes) <= set(before) and not resume:
            return _nothing_to_do(plan, before, ports)
        return _run(plan, sha256, ports, resume or _unused(name, runs), before, forks)


def _unused(name: str, runs: tuple[RunState, ...]) -> str:
    taken = sum(1 for run in runs if run.run.startswith(name))
    return f"{name}-{taken + 1}" if taken else name


def _done_before(same: tuple[RunState, ...]) -> dict[str, str]:
    """Clusters on which this plan is done, and the run that did it."""
    return {cluster: run.run for run in same for cluster, outcome in run.closed if outcome == "done"}


def _without_steps(plan: Plan, ports: ApplyPorts) -> ApplyResult:
    """No change: no run is opened. A run that died before it wrote anything is closed by its rollback."""
    left_open = close_alone(plan.undoes, ports) if plan.undoes else ""
    ports.progress.event("nothing-to-do", "", "", left_open or "nothing to do")
    return ApplyResult(run="", left_open=left_open)


def _nothing_to_do(plan: Plan, before: dict[str, str], ports: ApplyPorts) -> ApplyResult:
    steps = tuple(_applied_before(plan, before))
    ports.progress.event("nothing-to-do", "", "", "this plan was applied before; make a new plan to look again")
    hosts = recap(steps, ports.ledger.outstanding(), ports.inventory)
    clusters = tuple((cluster, _done()) for cluster in lanes_of(plan))
    return ApplyResult(run="", steps=steps, clusters=clusters, hosts=hosts)


def _done() -> Outcome:
    return "done"


def _applied_before(plan: Plan, before: dict[str, str]) -> Iterable[StepOutcome]:
    for step in plan.steps:
        if step.cluster in before:
            why = f"applied by run {before[step.cluster]}"
            yield StepOutcome(step=step.id, cluster=step.cluster, host=step.action.host, state="ok", why=why)


def _run(plan: Plan, sha256: str, ports: ApplyPorts, run: str, before: dict[str, str], forks: int) -> ApplyResult:
    lanes = tuple(lane for lane in lanes_of(plan) if lane not in before)
    earlier = run_state(ports.ledger.entries(run), run)
    _open(plan, sha256, ports, run, lanes)
    made = tuple(Lane(run, cluster, plan, ports, ports.sessions(), earlier) for cluster in lanes)
    results, gate = in_stages(made, ports, forks if _additive(plan) else 1) if made else ([], "")
    result = _close(plan, ports, run, results, before)
    kept_back = any(lane.outcome == "interrupted" for lane in results)
    return result.model_copy(update={"gate": gate, "stopped": ports.stop.kind if kept_back else ""})


def _additive(plan: Plan) -> bool:
    """Restarts, renames and Off go one cluster at a time."""
    return all(step.risk is Risk.ADDITIVE for step in plan.steps)


def _open(plan: Plan, sha256: str, ports: ApplyPorts, run: str, lanes: tuple[str, ...]) -> None:
    for cluster in ("", *lanes):
        ports.ledger.append(
            RunOpened(
                run=run,
                cluster=cluster,
                at=ports.clock.now(),
                plan=sha256,
                steps_digest=plan.steps_digest,
                purpose=plan.purpose,
                undoes=plan.undoes,
                clusters=written_clusters(plan),
                who=ports.consent.who,
            )
        )
    ports.progress.event("run", "", "", run)


def _close(plan: Plan, ports: ApplyPorts, run: str, results: list[LaneResult], before: dict[str, str]) -> ApplyResult:
    ended = {result.cluster: result.outcome for result in results}
    overall = worst(ended.values())
    reasons = [f"{result.cluster}: {result.why}" for result in results if result.why]
    unread = close_taken_back(plan.undoes, run, ports) if plan.undoes and overall == "done" else ""
    if unread:
        overall = "unreachable"
        reasons.append(unread)
    why = "; ".join(reasons)
    ports.ledger.append(RunClosed(run=run, at=ports.clock.now(), outcome=overall, summary=why))
    steps = (*_applied_before(plan, before), *(step for result in results for step in result.steps))
    hosts = recap(steps, ports.ledger.outstanding(), ports.inventory)
    clusters = tuple((cluster, ended.get(cluster, _done())) for cluster in lanes_of(plan))
    return ApplyResult(run=run, steps=steps, clusters=clusters, hosts=hosts, left_open=unread)
