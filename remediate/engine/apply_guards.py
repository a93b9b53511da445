"""What must hold before the first write: of the plan, of the ledger, of every device."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from remediate.actions import DiagnosticLogging, SetVerifyOriginServer
from remediate.engine.apply_ports import ApplyPorts, Lane
from remediate.errors import ForbiddenStep, InputError, Locked, PreconditionFailed, StalePlan
from remediate.evidence.xapi import since_x14_2
from remediate.journal.entries import Entry
from remediate.journal.fold import RunState, lent_out
from remediate.journal.rollback_steps import taken_back, takes_back
from remediate.model.base import Value
from remediate.model.health import BENIGN_ALARMS
from remediate.model.inventory import Host, Inventory
from remediate.model.observed import ClusterView, PeerReading
from remediate.model.reading import Known, Unknown
from remediate.planning.plan import Device, Plan, Step
from remediate.planning.upgrading import harmless

CLOCKS_APART = timedelta(minutes=5)


class Obstacle(Value):
    """Why a cluster is not started: a device, and whether it cannot be read or is another than planned."""

    host: str
    kind: Literal["unreachable", "stale"]
    why: str


def check_plan(plan: Plan, ports: ApplyPorts, resume: str = "") -> None:
    """Refuse a plan outside its window (StalePlan), with hand steps and no hand (ForbiddenStep),
    or over devices that the inventory describes otherwise (StalePlan)."""
    _check_window(plan, ports.clock.now(), resume)
    _check_upgrade(plan)
    _check_workarounds(plan, ports.clock.now())
    by_hand = [step for step in plan.steps if step.by == "hand"]
    if by_hand and not ports.consent.by_hand:
        raise ForbiddenStep(
            f"{len(by_hand)} steps of this plan are done by hand ({', '.join(s.id for s in by_hand)});"
            " add --by-hand when somebody is there to do them"
        )
    for device in plan.devices:
        _check_pins(device, ports.inventory)
    described = {device.host for device in plan.devices}
    for host in (host for step in plan.steps for host in _hosts(step)):
        if host not in described:
            raise StalePlan(f"the plan writes or reads {host} and does not describe it; make a new plan")


def check_ledger(plan: Plan, sha256: str, runs: Iterable[RunState], resume: str) -> tuple[RunState, ...]:
    """Earlier runs of this very plan. Raises PreconditionFailed while an open run is in the way,
    StalePlan when this plan was applied and taken back."""
    known = tuple(runs)
    _check_resume(sha256, known, resume)
    clusters = set(written_clusters(plan))
    for run in known:
        if run.open and clusters & set(run.clusters) and not _settles(plan, resume, run):
            raise PreconditionFailed(
                f"run {run.run} on {', '.join(run.clusters)} did not end:"
                f" remediate apply --resume {run.run}, or remediate rollback {run.run}"
            )
    same = tuple(run for run in known if run.plan == sha256)
    for run in same:
        if any(step.status == "undone" for step in run.steps):
            raise StalePlan(f"this plan was applied by run {run.run} and taken back since; make a new plan")
    return same


def check_way_back(plan: Plan, runs: Iterable[RunState]) -> None:
    """What no policy holds up must be a way back: raises ForbiddenStep for a rollback with a step that is none, as one
    in an edited file may be, and InputError where this ledger does not know the run."""
    if plan.purpose != "rollback":
        return
    run = next((run for run in runs if run.run == plan.undoes), None)
    if run is None:
        hint = "apply it with the ledger of that run (--ledger, or REMEDIATE_LEDGER)"
        raise InputError(f"the ledger knows no run {plan.undoes}, which this plan takes back", path="FILE", hint=hint)
    written = {step.step: step.intended for step in run.steps}
    for step in plan.steps:
        was = written.get(taken_back(step.id))
        if was is None or not takes_back(step.action, was):
            raise ForbiddenStep(f"{step.id} takes back nothing that run {run.run} wrote; make a new plan: rollback")


def check_lent(plan: Plan, entries: Iterable[Entry], now: datetime) -> None:
    """Raises Locked while a worker that was lost may still write on a cluster of the plan."""
    for lent in lent_out(entries):
        if lent.cluster in written_clusters(plan) and now < lent.until:
            raise Locked(
                f"{lent.cluster} is lent to a worker of run {lent.run} until {lent.until:%H:%M:%S} UTC, and its end was"
                " not seen; --executor asks it, -lock-timeout=DURATION waits"
            )


def _settles(plan: Plan, resume: str, run: RunState) -> bool:
    """Whether this apply goes on with an open run, or takes it back (again)."""
    return run.run == resume or (plan.undoes != "" and plan.undoes in (run.run, run.undoes))


def lanes_of(plan: Plan) -> tuple[str, ...]:
    """Clusters with steps, and those whose workaround begins or ends without one."""
    return tuple(dict.fromkeys((*plan.clusters, *plan.closes, *(cluster for cluster, _ in plan.workarounds))))


def obstacle(lane: Lane, *, starting: bool = False) -> Obstacle | None:
    """The device of the lane's clusters that cannot be read, else the first that is not the one planned (I10, I11):
    a peer that is down also spoils what its neighbours say of their cluster. At the start clocks must agree too; one
    that jumps later stops nothing (safety F101)."""
    clusters = clusters_of(lane.plan, lane.cluster)
    found = [_differs(lane, device, starting=starting) for device in lane.plan.devices if device.cluster in clusters]
    obstacles = [one for one in found if one is not None]
    return next((one for one in obstacles if one.kind == "unreachable"), next(iter(obstacles), None))


def clusters_of(plan: Plan, lane: str) -> tuple[str, ...]:
    """Clusters that the steps of a lane write to, its own first."""
    return tuple(dict.fromkeys((lane, *(s.action.cluster for s in plan.steps if s.cluster == lane))))


def written_clusters(plan: Plan) -> tuple[str, ...]:
    """Every cluster that the plan may change or settle, sorted."""
    return tuple(sorted({cluster for lane in lanes_of(plan) for cluster in clusters_of(plan, lane)}))


def _hosts(step: Step) -> tuple[str, ...]:
    return (step.action.host, *(fact.field.host for fact in step.confirm))


def _check_window(plan: Plan, now: datetime, resume: str) -> None:
    if now < plan.valid_from:
        raise StalePlan(f"this plan is valid from {plan.valid_from.isoformat()}, now is {now.isoformat()}")
    if now > plan.valid_until:
        then = "make a new one"
        if resume:
            then = f"its run is not gone on with: remediate rollback {plan.undoes or resume} takes it back, then {then}"
        raise StalePlan(f"this plan expired at {plan.valid_until.isoformat()}; {then}")


def _check_upgrade(plan: Plan) -> None:
    """Between releases a plan may do what `during_upgrade` lets through, and nothing else, whoever wrote its file."""
    for cluster in plan.clusters:
        versions = {device.host: device.version for device in plan.devices if device.cluster == cluster}
        steps = [s for s in plan.steps if s.cluster == cluster and not isinstance(s.action, DiagnosticLogging)]
        if not steps or len(set(versions.values())) < 2:
            continue
        if not plan.during_upgrade:
            raise StalePlan(f"the peers of {cluster} run different releases; finish the upgrade, then make a new plan")
        for step in steps:
            old = isinstance(step.action, SetVerifyOriginServer) and not since_x14_2(versions[step.action.host])
            if old or not harmless(step.action):
                raise ForbiddenStep(f"{step.id} is not for the time of an upgrade: only CA uploads, and Off from X14.2")


def _check_workarounds(plan: Plan, now: datetime) -> None:
    """Off only with its words in the plan, whoever wrote its file (I20)."""
    words = dict(plan.workarounds)
    for step in plan.steps:
        if not isinstance(step.action, SetVerifyOriginServer) or step.action.value != "Off":
            continue
        if step.action.cluster not in words:
            raise ForbiddenStep(f"{step.id} has no workaround with owner, ticket, reason and expires; make a new plan")
        if why := words[step.action.cluster].out_of_bounds(now):
            raise ForbiddenStep(f"{step.id}: {why}; give another expires in the playbook, and make a new plan")


def _check_resume(sha256: str, runs: tuple[RunState, ...], resume: str) -> None:
    if not resume:
        return
    run = next((run for run in runs if run.run == resume), None)
    if run is None:
        raise InputError(f"the ledger knows no run {resume}", path="--resume", hint="remediate status lists runs")
    if run.plan != sha256:
        raise InputError(f"run {resume} applied another plan (sha256 {run.plan})", path="--resume")


def _check_pins(device: Device, inventory: Inventory) -> None:
    hosts = {host.name: host for cluster in inventory.clusters for host in cluster.hosts}
    host = hosts.get(device.host)
    if host is None or host.cluster != device.cluster:
        raise StalePlan(f"{device.host} of cluster {device.cluster} is no longer in the inventory; make a new plan")
    same_key = not device.ssh_host_key or host.ssh_host_key == device.ssh_host_key
    if host.address != device.address or not same_key or not set(device.tls_sha256) <= _pins(host):
        raise StalePlan(f"the inventory now gives {device.host} another address or identity; make a new plan")


def _pins(host: Host) -> set[str]:
    return {*host.tls_sha256, *(certificate.sha256 for certificate in host.tls_certificates)}


def _differs(lane: Lane, device: Device, *, starting: bool) -> Obstacle | None:
    role = lane.ports.inventory.cluster(device.cluster).role
    if role == "expressway-c":
        return _peer_differs(lane, device, starting=starting)
    return _publisher_differs(lane, device) if role == "cucm" else None


def _publisher_differs(lane: Lane, device: Device) -> Obstacle | None:
    if lane.ports.inventory.cluster(device.cluster).primary not in ("", device.host):
        return None
    reading = lane.sessions.publisher(device.host)
    version = reading if isinstance(reading, Unknown) else reading.version
    if isinstance(version, Unknown):
        return Obstacle(host=device.host, kind="unreachable", why=version.why)
    return _other(device, "version", device.version, version.value)


def _peer_differs(lane: Lane, device: Device, *, starting: bool) -> Obstacle | None:
    reading = lane.sessions.peer(device.host)
    product = reading if isinstance(reading, Unknown) else reading.product
    if isinstance(product, Unknown) or isinstance(reading, Unknown):
        why = product.why if isinstance(product, Unknown) else ""
        return Obstacle(host=device.host, kind="unreachable", why=why)
    same = _other(device, "serial number", device.serial, product.value.serial) or _other(
        device, "version", device.version, product.value.version
    )
    if all(isinstance(step.action, DiagnosticLogging) for step in lane.plan.steps):
        return same  # logs are wanted most where something is wrong
    return (
        same
        or _view_differs(device, reading.view, upgrading=bool(lane.plan.during_upgrade))
        or _primary_differs(lane, device, reading.view)
        or _alarmed(lane, reading)
        or (_clock_off(lane, reading) if starting else None)
    )


def _view_differs(device: Device, view: Known[ClusterView] | Unknown, *, upgrading: bool) -> Obstacle | None:
    """Between releases the cluster database is never Active."""
    if isinstance(view, Unknown):
        if not device.peers:
            return None
        return Obstacle(host=device.host, kind="unreachable", why=f"its peers could not be read: {view.why}")
    planned, found = " ".join(sorted(device.peers)), " ".join(sorted(view.value.peers))
    if not upgrading and (view.value.database or "Active").casefold() != "active":
        why = f"its cluster database is {view.value.database}, not Active"
        return Obstacle(host=device.host, kind="stale", why=why)
    return _other(device, "peer set", planned, found)


def _primary_differs(lane: Lane, device: Device, view: Known[ClusterView] | Unknown) -> Obstacle | None:
    cluster = lane.ports.inventory.cluster(device.cluster)
    found = view.value.primary_of(cluster) if isinstance(view, Known) else ""
    return _other(device, "configuration primary", cluster.primary if found else "", found)


def _alarmed(lane: Lane, reading: PeerReading) -> Obstacle | None:
    if isinstance(reading.alarms, Unknown):
        return None
    raised = sorted(set(reading.alarms.value) - BENIGN_ALARMS)
    if not raised or _restart_owed(lane, reading.host):
        return None
    why = f"alarm {', '.join(raised)} is raised; clear it first"
    return Obstacle(host=reading.host, kind="stale", why=why)


def _clock_off(lane: Lane, reading: PeerReading) -> Obstacle | None:
    """Whether a restart was seen, and when a certificate is valid, are told by clocks."""
    if isinstance(reading.clock, Unknown):
        return None
    off = abs(reading.clock.value - lane.ports.clock.now())
    if off <= CLOCKS_APART:
        return None
    why = f"its clock and ours are {off.total_seconds() / 60:.0f} minutes apart; set them right (NTP) first"
    return Obstacle(host=reading.host, kind="stale", why=why)


def _restart_owed(lane: Lane, host: str) -> bool:
    """A new CA makes the peer ask for its restart by an alarm whose number no document gives (MRA126)."""
    owed = lane.ports.ledger.outstanding().obligations
    return any(o.kind == "restart" and o.host == host for o in owed)


def _other(device: Device, what: str, planned: str, found: str) -> Obstacle | None:
    if not planned or planned == found:
        return None
    return Obstacle(host=device.host, kind="stale", why=f"{what} was {planned} and is {found}")
