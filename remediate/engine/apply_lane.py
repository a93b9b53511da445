"""One cluster's steps in order: guards first, stop at the first that fails, settings read once more."""

from __future__ import annotations

from remediate.actions import SetVerifyOriginServer
from remediate.engine.apply_guards import Obstacle, obstacle
from remediate.engine.apply_leases import settle_lease
from remediate.engine.apply_policy import too_late
from remediate.engine.apply_ports import Lane
from remediate.engine.apply_rename import regenerated
from remediate.engine.apply_restart import escalation, first_obstacle
from remediate.engine.apply_result import LaneResult, StepOutcome
from remediate.engine.apply_step import run_step
from remediate.errors import JournalError
from remediate.journal.entries import Failed, OutcomeUnknown, RunClosed
from remediate.journal.fold import Outcome
from remediate.model.reading import Unknown
from remediate.planning.plan import Step

_WRITTEN = ("changed", "failed", "unknown")
_UNSURE = ("failed", "unknown")
_ENDS: dict[str, Outcome] = {
    "failed": "failed",
    "unknown": "failed",
    "stale": "stale",
    "unreachable": "unreachable",
    "skipped": "interrupted",
}


def run_lane(lane: Lane) -> LaneResult:
    """Run it and close it in the journal. Raises JournalError when the journal can no longer be written."""
    steps = tuple(step for step in lane.plan.steps if step.cluster == lane.cluster)
    result = LaneResult(lane.cluster)
    try:
        _run(lane, steps, result)
    except JournalError as error:
        lane.ports.stop.request(str(error))
        raise
    finally:
        lane.sessions.renew()
    _skip_rest(steps, result)
    lane.record(RunClosed, outcome=result.outcome, summary=result.why)
    lane.tell("cluster", "", f"{result.outcome}{f': {result.why}' if result.why else ''}")
    return result


def _run(lane: Lane, steps: tuple[Step, ...], result: LaneResult) -> None:
    if lane.ports.stop.requested:
        result.end("interrupted", lane.ports.stop.why)
        return
    blocked = first_obstacle(lane, steps)
    if blocked is not None:
        _block(lane, blocked, result)
        return
    for index, step in enumerate(steps):
        if not _agreed(lane, step):
            lane.ports.stop.request(f"nobody said yes to {step.id}")
            result.end("interrupted", lane.ports.stop.why)
            break
        if index and step.action.host != steps[index - 1].action.host and (blocked := obstacle(lane)):
            _block(lane, blocked, result)  # a peer went down or raised an alarm since (safety F081, F08B)
            break
        if late := too_late(lane, step, steps[:index]):
            lane.ports.stop.request(late, "window")
        _one(lane, step, result)
        last_setting = _is_setting(step) and not any(_is_setting(s) for s in steps[index + 1 : index + 2])
        if result.outcome == "done" and last_setting:
            _hold(lane, steps[: index + 1], result)
        if result.outcome != "done":
            break
    wrong = settle_lease(lane, done=result.outcome == "done")
    if wrong:
        result.end("failed", wrong)


def _agreed(lane: Lane, step: Step) -> bool:
    """Before all that is looked at: who is asked may take a long time."""
    asked = lane.ports.asked
    return asked is None or lane.ports.stop.requested or asked(step)


def _one(lane: Lane, step: Step, result: LaneResult) -> None:
    if lane.ports.stop.requested:
        result.end("interrupted", lane.ports.stop.why)
        return
    outcome = run_step(lane, step)
    result.steps.append(outcome)
    lane.tell(outcome.state, outcome.host, f"{step.id}: {outcome.why}" if outcome.why else step.id)
    if outcome.state in _UNSURE and (words := escalation(lane, step)):
        lane.tell("escalate", outcome.host, words)
    if outcome.state in _WRITTEN and (why := regenerated(lane, step)):
        lane.tell("stopped", outcome.host, why)
        result.end("failed", f"{step.id}: {why}")
    if outcome.state in _ENDS:
        result.end(_ENDS[outcome.state], f"{step.id}: {outcome.why}")


def _block(lane: Lane, blocked: Obstacle, result: LaneResult) -> None:
    result.steps.append(
        StepOutcome(step="", cluster=lane.cluster, host=blocked.host, state=blocked.kind, why=blocked.why)
    )
    lane.tell(blocked.kind, blocked.host, blocked.why)
    result.end(blocked.kind, f"{blocked.host}: {blocked.why}; nothing was written after that")


def _is_setting(step: Step) -> bool:
    return isinstance(step.action, SetVerifyOriginServer)


def _hold(lane: Lane, steps: tuple[Step, ...], result: LaneResult) -> None:
    """Replication can bring an old value back after it was seen to be gone (safety F087)."""
    block = [step for step in steps if _is_setting(step)]
    if not any(o.state == "changed" for o in result.steps if o.step in {s.id for s in block}):
        return
    seconds = max(lane.replication_seconds(step.action.cluster) for step in block)
    lane.tell("wait", "", f"{seconds} s, one replication interval, then the setting is read once more")
    if lane.wait(seconds):
        result.end("interrupted", "stopped before the setting was read once more")
        return
    lane.sessions.renew()
    for step in block:
        _still(lane, step, result)


def _still(lane: Lane, step: Step, result: LaneResult) -> None:
    found = [(fact, lane.sessions.field(fact.field)) for fact in step.confirm]
    unread = [reading.why for _, reading in found if isinstance(reading, Unknown)]
    changed = [fact.field.host for fact, reading in found if not fact.met_by(reading)]
    if unread:
        why = f"could not be read once more: {'; '.join(unread)}"
        lane.record(OutcomeUnknown, step=step.id, why=why)
        _replace(result, step, "unknown", why)
    elif changed:
        why = f"{', '.join(changed)} went back to another value within one replication interval"
        lane.record(Failed, step=step.id, why=why)
        _replace(result, step, "failed", why)


def _replace(result: LaneResult, step: Step, state: str, why: str) -> None:
    result.steps = [o.model_copy(update={"state": state, "why": why}) if o.step == step.id else o for o in result.steps]
    result.end("failed", f"{step.id}: {why}")


def _skip_rest(steps: tuple[Step, ...], result: LaneResult) -> None:
    done = {outcome.step for outcome in result.steps}
    for step in steps:
        if step.id not in done:
            why = result.why
            host = step.action.host
            result.steps.append(StepOutcome(step=step.id, cluster=step.cluster, host=host, state="skipped", why=why))
