"""Carry out a plan, read everything again, and say how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from remediate.actions import UploadCertificates
from remediate.checks import connections_for
from remediate.cli.approving import require_approvals, require_rehearsal
from remediate.cli.executing import executor_for, prepare
from remediate.cli.exits import Exit, worst
from remediate.cli.gate import gate_for
from remediate.cli.run_folder import RunFolder, recorded
from remediate.cli.session import Session
from remediate.cli.settling import settle
from remediate.cli.signals import stopping
from remediate.cli.stepwise import Stepwise
from remediate.engine.apply import ApplyPorts, ApplyResult, Stop, apply
from remediate.engine.apply_policy import ATTESTED
from remediate.errors import ForbiddenStep, Locked
from remediate.files.known import export_pem
from remediate.journal.entries import Attested
from remediate.model.desired import DesiredState
from remediate.model.finding import Connection
from remediate.model.observed import ObservedState
from remediate.model.policy import Policy
from remediate.planning.guards import refuse_breaking, refuse_other_end
from remediate.planning.plan import Plan
from remediate.report.as_text.recap import budget_used, convergence, recap, worse
from remediate.report.as_text.words import count

_OUTCOMES = {
    "done": Exit.OK,
    "failed": Exit.CHANGES_OR_FAILED,
    "stale": Exit.STALE,
    "unreachable": Exit.UNREACHABLE,
    "interrupted": Exit.INTERRUPTED,
}
_STOPPED = {"window": Exit.REFUSED, "budget": Exit.BUDGET, "gate": Exit.NOT_CONVERGED}
_LOCK_POLL = 1.0


def carry_out(session: Session, desired: DesiredState, plan: Plan, sha256: str, file: Path | None = None) -> int:
    """Apply, then judge fresh readings against what the plan foretold. The exit code.

    Raises ForbiddenStep before anything is sent when the plan holds a step by hand and nobody said that
    somebody is there.
    """
    if not plan.acts:
        held = (
            f" {count(len(plan.blocked), 'remedy', 'remedies')} blocked: remediate show says why."
            if plan.blocked
            else ""
        )
        session.output.line(f"No changes. Nothing to apply.{held}")
        return Exit.OK
    with recorded(session, plan) as folder:
        code = _carried_out(session, desired, plan, sha256, file, folder)
        folder.end(code)
    return code


def _carried_out(
    session: Session, desired: DesiredState, plan: Plan, sha256: str, file: Path | None, folder: RunFolder
) -> int:
    asked = Stepwise(session.output, session.clock) if session.args.step else None
    executor = executor_for(session)
    policy = ready(session, desired, plan, sha256, file, elsewhere=executor is not None)
    if executor is not None:
        prepare(session, executor, plan, desired.inventory)
    stop = Stop(session.clock, session.args.deadline)
    with stopping(session.stop, session.output.note, stop.request, stop.cut) as interrupted:
        ports = replace(ports_of(session, desired, plan, stop, policy), asked=asked, elsewhere=executor)
        result = applied(session, ports, plan, sha256)
    _say_outcome(session, result, policy)
    folder.stats(result.hosts)
    if result.stopped and not interrupted():
        session.output.line(f"Stopped: {stop.why}.")
    elif interrupted() or result.outcome == "interrupted":
        again = f"remediate apply {file or 'FILE'} -i {session.args.inventory} --resume {result.run}"
        session.output.line(f"Stopped: {stop.why}. To see what is: remediate verify; to go on: {again}")
        return worst((Exit.INTERRUPTED, code_of(result, plan)))
    seen = None if executor is None else tuple(executor.seen)
    return worst((code_of(result, plan), _converged(session, desired, plan, result, seen)))


def ready(
    session: Session,
    desired: DesiredState,
    plan: Plan,
    sha256: str,
    file: Path | None = None,
    *,
    elsewhere: bool = False,
) -> Policy:
    """What must hold before the first write, on fresh readings (`elsewhere`: of others); the policy of this inventory.

    Raises ForbiddenStep and StalePlan, and whatever keeps the ledger from being written.
    """
    policy = session.policy(desired.inventory)
    require_rehearsal(plan, sha256, policy, file)
    require_approvals(session, plan, sha256, policy, file)
    _hands(session, plan)
    session.ledger().prepare()
    _note_override(session, sha256)
    if not elsewhere:
        look_once_more(session, desired, plan)
    return policy


def look_once_more(session: Session, desired: DesiredState, plan: Plan) -> None:
    """Judge the plan on fresh readings. Raises StalePlan when it would break something, or ends otherwise than told."""
    fresh, at = _fresh(session, desired, plan.clusters), session.clock.now()
    refuse_breaking(plan, desired, fresh, at)
    if plan.purpose == "remediate":
        refuse_other_end(plan, desired, fresh, at)


def _hands(session: Session, plan: Plan) -> None:
    by_hand = [step for step in plan.steps if step.by == "hand"]
    if by_hand and not session.args.by_hand:
        lines = "\n".join(f"  {step.action.by_hand}" for step in by_hand)
        steps = count(len(by_hand), "step")
        raise ForbiddenStep(f"{steps} must be done by hand; start with --by-hand when somebody is there\n{lines}")
    for step in by_hand:
        if isinstance(step.action, UploadCertificates):
            _export(session, step.action)


def _note_override(session: Session, sha256: str) -> None:
    reason = session.args.override_window
    if reason:
        what = f"change windows overridden for plan {sha256}: {reason}"
        who = session.wiring.consent(False).who
        session.ledger().append(Attested(run=ATTESTED, at=session.clock.now(), who=who, what=what))


def _export(session: Session, action: UploadCertificates) -> None:
    """The file that a hand uploads, and what its pages will show."""
    directory = session.home / "by-hand"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = export_pem(directory, f"{action.host}-{'-'.join(action.names)}", action.certificates)
    session.output.line(f"For {action.host}: {file}")
    for name, sha256 in zip(action.names, action.sha256s, strict=True):
        session.output.line(f"  {name} sha256:{sha256}")
    for page in (file for peer, file in session.args.trust if peer == action.host):
        session.output.line(f"  once appended, save Show all (PEM file) as {page} again: it is read back from there")


def ports_of(session: Session, desired: DesiredState, plan: Plan, stop: Stop, policy: Policy) -> ApplyPorts:
    """What the run may touch. Takes the baseline of the login test, where the policy has one."""
    return ApplyPorts(
        inventory=desired.inventory,
        readers=session.readers,
        writers=session.wiring.writers(session.clock),
        ledger=session.ledger(),
        clock=session.clock,
        consent=session.wiring.consent(session.args.by_hand),
        progress=session.progress,
        stop=stop,
        policy=policy,
        override=session.args.override_window,
        gate=gate_for(session, desired.inventory, None if plan.purpose == "rollback" else policy.login_test),
    )


def applied(session: Session, ports: ApplyPorts, plan: Plan, sha256: str) -> ApplyResult:
    """The run, once every lock is free. Raises Locked when it is not in time."""
    deadline = session.clock.monotonic() + session.args.lock_timeout
    told = False
    while True:
        try:
            forks = 1 if ports.asked else session.args.forks
            return apply(plan, sha256, ports, forks, getattr(session.args, "resume", ""))
        except Locked as locked:
            if session.clock.monotonic() >= deadline:
                raise
            if not told:
                session.output.note(f"{locked}: waiting, {session.args.lock_timeout:g} s at most")
                told = True
            if session.clock.wait(_LOCK_POLL):
                raise


def _say_outcome(session: Session, result: ApplyResult, policy: Policy) -> None:
    for one in result.steps:
        if one.state not in ("ok", "changed"):
            step = f"step {one.step} " if one.step else ""
            session.output.line(f"{one.cluster}/{one.host}: {step}{one.state}{': ' + one.why if one.why else ''}")
    session.output.prose(recap({h.host: h.model_dump(exclude={"host"}) for h in result.hosts}))
    if budget := budget_used(result.clusters, policy.budgets):
        session.output.line(budget)
    if result.gate:
        session.output.line(f"The login test after the run is worse than before it: {result.gate}")
    if result.run and result.written:
        session.output.line(f"Run {result.run}.")
        session.output.hint(f"To restore what was there: {_way_back(session, result.run)}")


def _way_back(session: Session, run: str) -> str:
    return f"remediate rollback {run} -i {session.args.inventory} -o undo.plan"


def code_of(result: ApplyResult, plan: Plan) -> int:
    """The exit code of a run, before anything is judged again."""
    code: int = worst((_OUTCOMES[result.outcome], Exit.NOT_CONVERGED if result.gate else Exit.OK))
    if result.stopped:
        code = _STOPPED[result.stopped] if code == Exit.INTERRUPTED else worst((code, _STOPPED[result.stopped]))
    if plan.purpose == "rollback" and code == Exit.CHANGES_OR_FAILED:
        return Exit.ROLLBACK_INCOMPLETE
    return code


def _converged(
    session: Session, desired: DesiredState, plan: Plan, result: ApplyResult, seen: tuple[Connection, ...] | None
) -> int:
    """9 where a connection of a cluster that was applied is worse than the plan foretold. What the plan leaves
    pending was foretold. `seen`: by whoever read it already; empty where nobody did."""
    done = [cluster for cluster, outcome in result.clusters if outcome == "done"]
    if not done or seen == ():
        return Exit.OK
    if seen is None:
        seen = judged(session, desired, done)
    session.output.prose(convergence(plan.after, seen))
    return Exit.NOT_CONVERGED if worse(plan.after, seen) else Exit.OK


def judged(session: Session, desired: DesiredState, clusters: Iterable[str]) -> tuple[Connection, ...]:
    """Connections of the Expressway-C clusters that these clusters are or serve, by fresh readings."""
    return connections_for(desired, _fresh(session, desired, clusters), clusters=_edges(desired, clusters))


def _fresh(session: Session, desired: DesiredState, clusters: Iterable[str]) -> ObservedState:
    return settle(session, session.read(desired.inventory, _edges(desired, clusters)))


def _edges(desired: DesiredState, clusters: Iterable[str]) -> frozenset[str]:
    named = frozenset(clusters)
    return frozenset(c.name for c in desired.inventory.clusters if c.name in named or named.intersection(c.serves))
