"""What a step that is seen done leaves in the journal beside its own end, and what readings look like in words."""

from __future__ import annotations

from typing import Literal

from remediate.actions import (
    Action,
    RefreshServers,
    RestartPeer,
    RestartService,
    SetVerifyOriginServer,
    UploadCertificates,
)
from remediate.engine.apply_ports import Lane
from remediate.journal.entries import ObligationOwed, ObligationPaid, ScopeLearned, StepIntended, Undone
from remediate.journal.fold import obligations_from
from remediate.journal.rollback_steps import taken_back
from remediate.model.base import Moment
from remediate.model.fact import Fact, FieldReading, InService, Registrations, ServiceStart, Setting
from remediate.model.health import Health
from remediate.model.reading import Known, Unknown
from remediate.planning.plan import Plan, Step


def book(lane: Lane, step: Step, intended: StepIntended) -> None:
    """Before the step counts as done: a crash in between loses nothing that is owed."""
    for owed in obligations_from(intended, _device_time(lane, step)):
        lane.record(ObligationOwed, obligation=owed)
    _pay(lane, step)
    _pay_peer_restart(lane, step)
    if step.unless is not None:
        learn(lane, step, "per-peer")
    mark_undone(lane, step)


def alike(plan: Plan, step: Step) -> tuple[str, ...]:
    """Hosts on which the plan changes the same setting; none for another kind of change."""
    if not isinstance(step.action, SetVerifyOriginServer):
        return ()
    changes = (other.action for other in plan.steps if isinstance(other.action, SetVerifyOriginServer))
    return tuple(dict.fromkeys(change.host for change in changes if change.cluster == step.action.cluster))


def learn(lane: Lane, step: Step, scope: Literal["replicated", "per-peer"]) -> None:
    """How far a setting reaches on this cluster."""
    field = step.expect.field
    if isinstance(field, Setting):
        lane.record(ScopeLearned, path=field.path, scope=scope)


def mark_undone(lane: Lane, step: Step) -> None:
    """In the journal of the run that is rolled back: this step of it stands no longer. Several steps may take one
    back; it stands until the last of them is done, so that a way back that dies in between is found unfinished."""
    undone = taken_back(step.id) if lane.plan.undoes else ""
    last = [other.id for other in lane.plan.steps if undone and taken_back(other.id) == undone][-1:]
    if last == [step.id]:
        now = lane.ports.clock.now()
        run = lane.plan.undoes
        lane.ports.ledger.append(Undone(run=run, cluster=lane.cluster, at=now, step=undone, by_run=lane.run))


def shown(reading: FieldReading, wanted: Fact | None = None) -> str:
    """A reading in words; with the fact that it does not meet, conditions of a peer by what is missing."""
    if isinstance(reading, Unknown):
        return reading.why
    value = reading.value
    if value is None:
        return "nothing there"
    if isinstance(value, str):
        return value
    if wanted is not None and isinstance(wanted.field, Health) and isinstance(wanted.value, tuple):
        return f"all but {', '.join(word for word in wanted.value if word not in value)}"
    return f"{len(value)} entries"


def not_in_force(action: Action, found: tuple[tuple[Fact, FieldReading], ...]) -> str:
    """Which device shows what instead of the goal."""
    unmet = tuple((fact, reading) for fact, reading in found if not fact.met_by(reading))
    if isinstance(action, UploadCertificates):
        return "; ".join(_missing(action, fact, reading) for fact, reading in unmet)
    return "; ".join(_unmet(fact, reading) for fact, reading in unmet)


def _unmet(fact: Fact, reading: FieldReading) -> str:
    match fact.field:
        case Registrations(host=host):
            return f"{host}: {shown(reading)} phones are registered, at least {fact.value} should be"
        case ServiceStart(host=host, service=service):
            return f"{service} on {host} has not started anew"
        case InService(host=host) if isinstance(reading, Known) and isinstance(fact.value, tuple):
            lost = [entry for entry in fact.value if entry not in (reading.value or ())]
            return f"{host} lacks what was up before its restart: {', '.join(lost)}"
    return f"{fact.field.host} shows {shown(reading, fact)}"


def _missing(action: UploadCertificates, fact: Fact, reading: FieldReading) -> str:
    listed = reading.value if not isinstance(reading, Unknown) and isinstance(reading.value, tuple) else ()
    named = zip(action.names, action.sha256s, strict=True)
    missing = [name for name, sha256 in named if sha256 not in listed]
    there = len(action.names) - len(missing)
    return f"{fact.field.host} lists {there} of {len(action.names)}: {', '.join(missing)} missing"


def _device_time(lane: Lane, step: Step) -> Moment:
    """A restart is told from the device's own start time, so what is owed is dated by the device's clock."""
    if isinstance(step.action, UploadCertificates):
        peer = lane.sessions.peer(step.action.host)
        if not isinstance(peer, Unknown) and not isinstance(peer.clock, Unknown):
            return peer.clock.value
    return lane.ports.clock.now()


def _pay(lane: Lane, step: Step) -> None:
    action = step.action
    if isinstance(action, RestartService):
        _pay_restart(lane, action)
    if not isinstance(action, RefreshServers):
        return
    for owed in lane.ports.ledger.outstanding().obligations:
        if owed.kind == "refresh-servers" and owed.cluster == action.cluster and set(owed.names) <= set(action.names):
            evidence = f"{action.host} shows {', '.join(action.zones)}"
            lane.record(ObligationPaid, obligation=owed.id, evidence=evidence)


def _pay_restart(lane: Lane, action: RestartService) -> None:
    for owed in lane.ports.ledger.outstanding().obligations:
        if action.pays(owed.kind, owed.host, owed.what):
            evidence = f"{action.service} started anew on {action.host}"
            lane.record(ObligationPaid, obligation=owed.id, evidence=evidence)


def _pay_peer_restart(lane: Lane, step: Step) -> None:
    action = step.action
    if not isinstance(action, RestartPeer):
        return
    for owed in lane.ports.ledger.outstanding().obligations:
        if owed.kind == "restart" and owed.host == action.host:
            lane.record(ObligationPaid, obligation=owed.id, evidence=f"{action.host} was restarted by step {step.id}")
