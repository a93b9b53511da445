"""What became of a lane whose worker was lost, by the journal as far as it came."""

from __future__ import annotations

from remediate.engine.apply_ports import Lane
from remediate.engine.apply_result import LaneResult, StepEnd, StepOutcome
from remediate.journal.entries import Entry, LentToWorker, OutcomeUnknown, RunClosed
from remediate.journal.fold import UNSETTLED, Outcome, StepState, run_state
from remediate.planning.plan import Step

_ENDS: dict[str, StepEnd] = {
    "confirmed": "changed",
    "noop": "ok",
    "refused": "stale",
    "failed": "failed",
    "intended": "unknown",
    "unknown": "unknown",
}


def found(lane: Lane, why: str) -> LaneResult:
    """Its end as the worker recorded it; where it did not come that far: unknown, and closed here."""
    entries = lane.ports.ledger.entries(lane.run)
    state = run_state(entries, lane.run)
    mine = [step for step in lane.plan.steps if step.cluster == lane.cluster]
    steps = [_step(lane, step, state.step(step.id) if state else None, why) for step in mine]
    ended = _ended(lane, entries)
    if ended is not None:
        return LaneResult(lane.cluster, ended.outcome, ended.summary, steps)
    lane.record(RunClosed, outcome="unreachable", summary=why)
    lane.tell("cluster", "", f"unknown: {why}")
    return LaneResult(lane.cluster, "unreachable", why, steps)


def refused(lane: Lane, outcome: Outcome, why: str) -> LaneResult:
    """Its worker began nothing: closed here."""
    result = LaneResult(lane.cluster)
    result.end(outcome, why)
    mine = (step for step in lane.plan.steps if step.cluster == lane.cluster)
    result.steps = [
        StepOutcome(step=s.id, cluster=s.cluster, host=s.action.host, state="skipped", why=why) for s in mine
    ]
    lane.record(RunClosed, outcome=outcome, summary=why)
    lane.tell("cluster", "", f"{outcome}: {why}")
    return result


def _ended(lane: Lane, entries: tuple[Entry, ...]) -> RunClosed | None:
    """Recorded since the cluster was lent, not by an earlier life of the run."""
    mine = [entry for entry in entries if entry.cluster == lane.cluster]
    lent = max(i for i, entry in enumerate(mine) if isinstance(entry, LentToWorker) and entry.until > entry.at)
    return next((entry for entry in mine[lent:] if isinstance(entry, RunClosed)), None)


def _step(lane: Lane, step: Step, known: StepState | None, why: str) -> StepOutcome:
    if known is not None and known.status in UNSETTLED:
        lane.record(OutcomeUnknown, step=step.id, why=why)
        lane.tell("unknown", step.action.host, f"{step.id}: {why}")
    state = _ENDS.get(known.status, "skipped") if known is not None else "skipped"
    if state == "changed" and known is not None and known.intended is None:
        state = "ok"  # followed by replication
    told = known.why if known is not None and state in ("failed", "stale") else why
    return StepOutcome(step=step.id, cluster=step.cluster, host=step.action.host, state=state, why=told)
