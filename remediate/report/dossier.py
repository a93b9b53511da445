"""What a report is made of, whatever its form. Its JSON is the form for pipelines and has a schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from remediate.checks import connections_for
from remediate.journal.entries import Entry
from remediate.journal.fold import RunState
from remediate.model.base import Moment, Sha256, Value
from remediate.model.desired import DesiredState
from remediate.model.finding import Connection
from remediate.model.observed import ObservedState
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Unknown
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.report.chains import DrawnChain, drawn_chains
from remediate.report.timeline import Event, events

WITHOUT_CAPTURE = (
    "not judged here: connections after an upgrade, and the chains of trust. "
    "The readings are not part of a plan: add --from CAPTURE -i INV"
)
WITHOUT_READINESS = (
    "no playbook with upgrade_ready was given: every Expressway-C cluster of the inventory is judged. For a choice "
    "of your own add --playbook FILE, made like mra-readiness.yml"
)
WITHOUT_PLAN = "the run's plan is not at hand: add --plan FILE for its matrix, its reasons and its fixes"


class Dossier(Value):
    """One subject and all that is known of it. What is not at hand is empty, and `lacks` says how to get it."""

    format_version: Literal["1.0"] = "1.0"
    kind: Literal["report"] = "report"
    subject: Literal["plan", "capture", "run"]
    name: str
    """File name or run id, as the operator gave it."""
    plan: Plan | None = None
    """Of a capture: what every fix would do."""
    plan_sha256: Sha256 | Literal[""] = ""
    read_at: Moment | None = None
    upgraded: tuple[Connection, ...] = ()
    """As after the steps and an upgrade to X14.2, whichever of its certificates a UC server then serves."""
    ready: Plan | None = None
    """Where readiness for an upgrade was asked for: the same, with changes of System > Server allowed."""
    chains: tuple[DrawnChain, ...] = ()
    run: RunState | None = None
    timeline: tuple[Event, ...] = ()
    outstanding: Outstanding = Outstanding()
    lacks: tuple[str, ...] = ()


def of_plan(name: str, plan: Plan, sha256: str) -> Dossier:
    """A plan file alone."""
    return Dossier(subject="plan", name=name, plan=plan, plan_sha256=sha256, lacks=(WITHOUT_CAPTURE,))


def with_readings(dossier: Dossier, desired: DesiredState, observed: ObservedState) -> Dossier:
    """The same with what only the readings show: after an upgrade, and the chains of trust."""
    plan = dossier.plan
    assert plan is not None, "readings explain a plan"
    ready = _with_names(desired, observed, plan)
    clusters = frozenset(c.link.cluster for c in plan.before) or None
    lacks = tuple(lack for lack in dossier.lacks if lack != WITHOUT_CAPTURE)
    return dossier.model_copy(
        update={
            "read_at": observed.taken_at,
            "upgraded": connections_for(desired, _after_steps(plan, observed), "upgraded", clusters),
            "ready": ready,
            "chains": drawn_chains(desired, observed, plan.before),
            "outstanding": observed.outstanding,
            "lacks": (*lacks, *_unread(observed)),
        }
    )


def of_capture(name: str, desired: DesiredState, observed: ObservedState, plan: Plan) -> Dossier:
    """A capture, and the plan that it gives."""
    return with_readings(Dossier(subject="capture", name=name, plan=plan), desired, observed)


def of_run(state: RunState, entries: Iterable[Entry], outstanding: Outstanding, plan: Plan | None) -> Dossier:
    """A run from the ledger, with its plan where that file was given."""
    return Dossier(
        subject="run",
        name=state.run,
        plan=plan,
        plan_sha256=state.plan,
        run=state,
        timeline=events(e for e in entries if e.run == state.run),
        outstanding=outstanding,
        lacks=() if plan else (WITHOUT_PLAN,),
    )


def _after_steps(plan: Plan, observed: ObservedState) -> ObservedState:
    for step in plan.steps:
        observed = step.action.effect(observed)
    return observed


def _with_names(desired: DesiredState, observed: ObservedState, plan: Plan) -> Plan | None:
    """A readiness play leaves names alone, in whose window they must not change; its report tells them all the same."""
    if not any(play.upgrade_ready for play in desired.plays):
        return None
    remedies = ("upload-missing-ca", "change-system-server-name")
    plays = tuple(
        play.model_copy(update={"remedies": remedies}) if play.upgrade_ready else play for play in desired.plays
    )
    return plan_for(desired.model_copy(update={"plays": plays}), observed, plan.made_at, plan.tool_version)


def _unread(observed: ObservedState) -> tuple[str, ...]:
    """What a reader of the capture must not take for known."""
    peers = tuple(f"{p.host} was not read: {p.product.why}" for p in observed.peers if isinstance(p.product, Unknown))
    names = tuple(
        f"System > Server of {u.cluster} was not read: {u.process_nodes.why}"
        for u in observed.uc
        if isinstance(u.process_nodes, Unknown)
    )
    return (*peers, *names)
