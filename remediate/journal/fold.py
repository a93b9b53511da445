"""What the entries amount to: the state of a run, and what all runs left behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from remediate.journal.entries import (
    Confirmed,
    Entry,
    LeaseClosed,
    LeaseExtended,
    LeaseOpened,
    LentToWorker,
    Noop,
    ObligationOwed,
    ObligationPaid,
    RunClosed,
    RunOpened,
    ScopeLearned,
    Sent,
    StepIntended,
    StepRefused,
    Undone,
)
from remediate.model.base import Moment, Value
from remediate.model.outstanding import LearnedScope, Lease, Obligation, OpenRun, Outstanding

StepStatus = Literal["intended", "confirmed", "noop", "refused", "failed", "unknown", "undone"]
Outcome = Literal["done", "failed", "stale", "unreachable", "interrupted"]

UNSETTLED: tuple[StepStatus, ...] = ("intended", "unknown")
"""The device may or may not have been changed: read before anything else."""


class StepState(Value):
    """What the journal knows of one step. `intended`: durable before the write, its end not recorded."""

    step: str
    cluster: str
    """The lane it ran in."""
    status: StepStatus
    at: Moment
    intended: StepIntended | None = None
    """None when no write was ever about to be sent."""
    sent: bool = False
    """The device said yes."""
    by: Literal["tool", "hand", "replication"] = "tool"
    why: str = ""


class RunState(Value):
    """The fold of one run's entries."""

    run: str
    plan: str
    purpose: str
    undoes: str
    clusters: tuple[str, ...]
    who: str
    opened_at: Moment
    steps: tuple[StepState, ...] = ()
    """In order of first mention."""
    closed: tuple[tuple[str, Outcome], ...] = ()
    """Clusters that ended, and how."""
    outcome: Outcome | None = None
    """None while the run as a whole has not closed."""

    @property
    def open(self) -> bool:
        """It did not close: it runs now, or it died."""
        return self.outcome is None

    def step(self, step: str) -> StepState | None:
        """By id."""
        return next((s for s in self.steps if s.step == step), None)


def obligation_id(run: str, step: str, number: int) -> str:
    """The same for what is owed for sure and for what may be owed by a write in flight."""
    return f"{run}.{step}.{number}"


def run_state(entries: Iterable[Entry], run: str) -> RunState | None:
    """The state of one run; None when no entry opens it."""
    mine = tuple(entry for entry in entries if entry.run == run)
    opened = next((entry for entry in mine if isinstance(entry, RunOpened)), None)
    if opened is None:
        return None
    closing = [entry for entry in mine if isinstance(entry, RunClosed)]
    lanes = {entry.cluster: entry.outcome for entry in closing if entry.cluster}
    reopened = _last(mine, RunOpened) > _last(mine, RunClosed, cluster="")
    whole = [entry.outcome for entry in closing if not entry.cluster]
    return RunState(
        run=run,
        plan=opened.plan,
        purpose=opened.purpose,
        undoes=opened.undoes,
        clusters=opened.clusters,
        who=opened.who,
        opened_at=opened.at,
        steps=_steps(mine),
        closed=tuple(lanes.items()),
        outcome=whole[-1] if whole and not reopened else None,
    )


def runs_of(entries: Iterable[Entry]) -> tuple[RunState, ...]:
    """All runs, oldest first."""
    grouped: dict[str, list[Entry]] = {}
    for entry in entries:
        grouped.setdefault(entry.run, []).append(entry)
    states = (run_state(mine, run) for run, mine in grouped.items())
    return tuple(state for state in states if state is not None)


def outstanding_of(entries: Iterable[Entry]) -> Outstanding:
    """Leases, obligations, open runs and learned scopes over all runs.

    A write whose end is not known counts as owing what it would owe: a certificate that a dying run may
    have added must not pass for loaded.
    """
    known = tuple(entries)
    runs = runs_of(known)
    return Outstanding(
        leases=_leases(known),
        obligations=_obligations(known, runs),
        scopes=_scopes(known),
        open_runs=tuple(_open_run(run) for run in runs if run.open),
        as_of=max((entry.at for entry in known), default=None),
    )


def lent_out(entries: Iterable[Entry]) -> tuple[LentToWorker, ...]:
    """Clusters that were lent to a worker whose end was not seen."""
    lent = {entry.cluster: entry for entry in entries if isinstance(entry, LentToWorker)}
    return tuple(entry for entry in lent.values() if entry.until > entry.at)


def _open_run(run: RunState) -> OpenRun:
    unsettled = tuple(s.step for s in run.steps if s.status in UNSETTLED and s.intended is not None)
    return OpenRun(run=run.run, plan=run.plan, clusters=run.clusters, opened_at=run.opened_at, unsettled=unsettled)


def _last(entries: Sequence[Entry], kind: type[RunOpened] | type[RunClosed], cluster: str | None = None) -> int:
    places = (
        i
        for i, entry in enumerate(entries)
        if isinstance(entry, kind) and (cluster is None or entry.cluster == cluster)
    )
    return max(places, default=-1)


def _steps(entries: Iterable[Entry]) -> tuple[StepState, ...]:
    steps: dict[str, StepState] = {}
    for entry in entries:
        name = getattr(entry, "step", "")
        if name:
            steps[name] = _after(steps.get(name), name, entry)
    return tuple(steps.values())


def _after(state: StepState | None, step: str, entry: Entry) -> StepState:
    state = state or StepState(step=step, cluster=entry.cluster, status="refused", at=entry.at)
    return state.model_copy(update={"at": entry.at, "why": getattr(entry, "why", ""), **_change(state, entry)})


def _change(state: StepState, entry: Entry) -> dict[str, object]:
    match entry:
        case StepIntended():
            return {"status": "intended", "intended": entry, "sent": False}
        case Confirmed():
            return {"status": "confirmed", "by": entry.by}
        case Undone():
            return {"status": "undone", "why": f"by run {entry.by_run}"}
        case Noop() | StepRefused() if state.status == "confirmed":
            return {}  # what this run wrote can still be taken back
    return {"sent": True} if isinstance(entry, Sent) else {"status": entry.kind}


def _leases(entries: Iterable[Entry]) -> tuple[Lease, ...]:
    leases: dict[str, Lease] = {}
    for entry in entries:
        match entry:
            case LeaseOpened():
                leases[entry.lease.cluster] = entry.lease
            case LeaseExtended() if entry.cluster in leases:
                lease = leases[entry.cluster]
                moved = {"expires": entry.expires, "extensions": lease.extensions + 1}
                leases[entry.cluster] = lease.model_copy(update=moved)
            case LeaseClosed():
                leases.pop(entry.cluster, None)
    return tuple(leases.values())


def _obligations(entries: Iterable[Entry], runs: Iterable[RunState]) -> tuple[Obligation, ...]:
    owed = {o.id: o for run in runs for step in run.steps for o in _perhaps(step)}
    for entry in entries:
        match entry:
            case ObligationOwed():
                owed[entry.obligation.id] = entry.obligation
            case ObligationPaid():
                owed.pop(entry.obligation, None)
            case Undone():
                # The way back leaves obligations of its own.
                of_step = obligation_id(entry.run, entry.step, 0).removesuffix("0")
                owed = {key: value for key, value in owed.items() if not key.startswith(of_step)}
    return tuple(owed.values())


def _perhaps(step: StepState) -> tuple[Obligation, ...]:
    if step.status not in UNSETTLED or step.intended is None:
        return ()
    return obligations_from(step.intended, step.intended.at)


def obligations_from(intended: StepIntended, since: Moment) -> tuple[Obligation, ...]:
    """What the action owes, with ids and a time."""
    run = intended.run
    return tuple(
        owed.on_the_books(obligation_id(run, intended.step, number), since, run)
        for number, owed in enumerate(intended.action.owes)
    )


def _scopes(entries: Iterable[Entry]) -> tuple[LearnedScope, ...]:
    scopes: dict[tuple[str, str], LearnedScope] = {}
    for entry in entries:
        if isinstance(entry, ScopeLearned):
            scopes[entry.cluster, entry.path] = LearnedScope(cluster=entry.cluster, path=entry.path, scope=entry.scope)
    return tuple(scopes.values())
