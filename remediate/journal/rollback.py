"""The way back from a run, as a plan like any other, computed from the before-values in the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from remediate.checks.connections import When, connections_for
from remediate.errors import ForbiddenStep, InputError
from remediate.journal.entries import Entry, StepIntended
from remediate.journal.fold import RunState, outstanding_of, run_state, runs_of
from remediate.journal.rollback_steps import WayBack, written_steps
from remediate.model.base import digest
from remediate.model.desired import DesiredState
from remediate.model.fact import Fact, Setting, read_from
from remediate.model.finding import Connection
from remediate.model.inventory import Inventory
from remediate.model.observed import VERIFY_ORIGIN_SERVER, ObservedState
from remediate.model.outstanding import Lease
from remediate.planning.guards import VIEWS, origin_of, stands
from remediate.planning.plan import Plan, Step
from remediate.planning.planner import VALID, devices, left_owed
from remediate.planning.simulate import after as simulated

_WORKS = ("good", "good-unverified")
Judge = Callable[[DesiredState, ObservedState, When], tuple[Connection, ...]]


def rollback_plan(  # noqa: PLR0913 - every input of a pure function stands here; none is read elsewhere
    entries: Iterable[Entry],
    run: str,
    desired: DesiredState,
    observed: ObservedState,
    at: datetime,
    *,
    only: str = "",
    limit: frozenset[str] | None = None,
    accept: str = "",
    tool_version: str,
    judge: Judge = connections_for,
) -> Plan:
    """Restore what stood before `run`, or before its step `only`, on all its clusters or on those of `limit`.

    What cannot be taken back stands in `blocked`: an uploaded CA is left in place. Raises InputError for an unknown run
    or step, and for clusters that the run did not write to; ForbiddenStep, naming them, when connections would fail
    that do not fail now and `accept` gives no reason to bear it.
    """
    known = tuple(entries)
    state = _state(known, run)
    outstanding = outstanding_of(known)
    way = WayBack(state, desired.inventory, observed, outstanding.scopes)
    chosen = _within(_chosen(state, only), limit, state.run)
    _refuse_strangers(chosen, desired.inventory, state.run)
    way.collect(chosen)
    after, failing = _failing(desired, observed, tuple(way.steps), at, judge)
    lanes = {step.cluster for step in way.steps}
    if failing and not accept:
        raise ForbiddenStep(_refusal(run, failing))
    return Plan(
        tool_version=tool_version,
        purpose="rollback",
        undoes=run,
        made_at=at,
        valid_from=at,
        valid_until=at + VALID,
        inventory_digest=digest(desired.inventory),
        playbook_digest=desired.playbook_digest,
        observed_digest=digest(observed),
        devices=devices(desired, observed, (step.action for step in way.steps), lanes),
        steps=tuple(way.steps),
        blocked=tuple(way.blocked),
        owed=left_owed(step.action for step in way.steps),
        closes=_closes(way, state, _of(outstanding.leases, limit), desired.inventory),
        before=judge(desired, observed, "now"),
        after=after,
        accepts_failing=tuple(c.link for c in failing),
        accepts_reason=accept if failing else "",
        replication=tuple(
            (c.name, c.durations.replication_interval) for c in desired.inventory.clusters if c.name in lanes
        ),
    )


def _state(entries: tuple[Entry, ...], run: str) -> RunState:
    state = run_state(entries, run)
    if state is None:
        ids = ", ".join(r.run for r in runs_of(entries)[-5:]) or "none"
        raise InputError(f"the ledger knows no run {run}", path="RUN", hint=f"the latest runs: {ids}")
    return state


def _chosen(state: RunState, only: str) -> tuple[StepIntended, ...]:
    written = written_steps(state)
    if not only:
        return written
    chosen = tuple(intended for intended in written if intended.step == only)
    if not chosen:
        ids = ", ".join(intended.step for intended in written) or "none"
        raise InputError(f"run {state.run} wrote no step {only}", path="--only", hint=f"it wrote: {ids}")
    return chosen


def _within(written: tuple[StepIntended, ...], limit: frozenset[str] | None, run: str) -> tuple[StepIntended, ...]:
    """What was written on these clusters."""
    if limit is None:
        return written
    chosen = tuple(intended for intended in written if intended.cluster in limit)
    if not chosen:
        clusters = ", ".join(dict.fromkeys(intended.cluster for intended in written)) or "no cluster"
        raise InputError(f"run {run} wrote nothing there", path="--limit", hint=f"it changed {clusters}")
    return chosen


def _refuse_strangers(written: tuple[StepIntended, ...], inventory: Inventory, run: str) -> None:
    """A ledger that several inventories share holds runs of each."""
    known = {cluster.name for cluster in inventory.clusters}
    named = (name for w in written for name in (w.cluster, w.action.cluster, *getattr(w.action, "serves", ())))
    missing = ", ".join(dict.fromkeys(name for name in named if name not in known))
    if missing:
        why = f"run {run} changed {missing}, which this inventory does not hold"
        raise InputError(why, path="RUN", hint="give the inventory that it was applied with")


def _failing(
    desired: DesiredState, observed: ObservedState, steps: tuple[Step, ...], at: datetime, judge: Judge
) -> tuple[tuple[Connection, ...], tuple[Connection, ...]]:
    """Connections after the last step, and those that would be refused after any step though they stand now or will
    once restarts are done, or that work now and would not be known to after the last."""
    stood = {view: {origin_of(c.link) for c in judge(desired, observed, view) if stands(c)} for view in VIEWS}
    after = judge(desired, observed, "now")
    works = {origin_of(c.link) for c in after if c.state in _WORKS}
    worse: dict[object, Connection] = {}
    for step in steps:
        observed = simulated(observed, [step.action], at)
        for view in reversed(VIEWS):  # "now" last
            after = judge(desired, observed, view)
            worse.update({o: c for c in after if not stands(c) and (o := origin_of(c.link)) in stood[view]})
    worse.update({o: c for c in after if c.state not in _WORKS and (o := origin_of(c.link)) in works})
    return after, tuple(worse.values())


def _refusal(run: str, failing: tuple[Connection, ...]) -> str:
    lines = "\n".join(f"  {c.link}: {_why(c)}: {c.impact}" for c in failing)
    return (
        f"after the rollback of {run} these connections would fail:\n{lines}\n"
        "fix the cause first (remediate plan), or add --accept-login-failures REASON"
    )


def _why(connection: Connection) -> str:
    words = "; ".join((*connection.pending, *connection.missing))
    return f"{connection.state} ({words})" if words else connection.state


def _of(leases: tuple[Lease, ...], limit: frozenset[str] | None) -> tuple[Lease, ...]:
    return leases if limit is None else tuple(lease for lease in leases if lease.cluster in limit)


def _closes(way: WayBack, state: RunState, leases: tuple[Lease, ...], inventory: Inventory) -> tuple[str, ...]:
    """Clusters whose workaround began with this run and reads On on every peer once the steps have run."""
    observed = way.observed
    for step in way.steps:
        observed = step.action.effect(observed)
    known = {cluster.name for cluster in inventory.clusters}
    mine = (lease.cluster for lease in leases if lease.run == state.run and lease.cluster in known)
    return tuple(cluster for cluster in mine if _is_on(cluster, inventory, observed))


def _is_on(cluster: str, inventory: Inventory, observed: ObservedState) -> bool:
    hosts = inventory.cluster(cluster).hosts
    facts = (
        Fact(field=Setting(host=host.name, path=VERIFY_ORIGIN_SERVER), relation="is", value="On") for host in hosts
    )
    return all(fact.met_by(read_from(observed, fact.field)) for fact in facts)
