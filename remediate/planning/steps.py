"""From actions to steps: order, expectation, confirmation, undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Literal

from remediate.actions import (
    Action,
    DiagnosticLogging,
    RefreshServers,
    RenameSystemServer,
    RestartPeer,
    RestartService,
    SetVerifyOriginServer,
    UploadCertificates,
)
from remediate.model.fact import Fact, Setting
from remediate.model.finding import Finding
from remediate.model.inventory import Cluster
from remediate.model.observed import VERIFY_ORIGIN_SERVER, ObservedState
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Known
from remediate.planning.plan import Step
from remediate.planning.simulate import after


@dataclass(frozen=True)
class Lane:
    """One Expressway-C cluster's steps in the making: readings, reasons and waits that they share."""

    cluster: Cluster
    observed: ObservedState
    findings: tuple[Finding, ...]
    at: datetime


def steps_for(lane: Lane, actions: Sequence[Action]) -> tuple[Step, ...]:
    """One step per action, in this order, each expecting what the ones before it leave."""
    steps, observed = [], lane.observed
    for action in actions:
        steps.append(_step(lane, action, observed))
        observed = after(observed, [action], lane.at)
    return tuple(steps)


def _step(lane: Lane, action: Action, observed: ObservedState) -> Step:
    stated = action.stated(observed)
    assert stated is not None, f"no reading to rest {action.title} on"
    unless, wait = _unless(lane, action)
    by = _by(action, observed)
    return Step(
        id=f"{action.kind}:{_target(action)}",
        cluster=lane.cluster.name,
        action=action,
        by=by,
        unless=unless,
        wait=wait,
        because=_because(lane, action, observed),
        expect=stated.expect,
        confirm=stated.confirm,
        deadline=_deadline(lane, action, by),
        undo=action.undo(observed),
        inverse=action.inverse(observed),
        risk=action.risk,
    )


def _target(action: Action) -> str:
    match action:
        case RenameSystemServer():
            return action.node
        case RestartService():
            return f"{action.host}:{action.service.lower().replace(' ', '-')}"
    return action.host


def _by(action: Action, observed: ObservedState) -> Literal["tool", "hand"]:
    if isinstance(action, RefreshServers):
        return "hand"
    peer = observed.peer(action.host)
    without_api = (
        isinstance(action, UploadCertificates) and peer is not None and peer.upload_by_api == Known(value=False)
    )
    return "hand" if without_api else "tool"


def _unless(lane: Lane, action: Action) -> tuple[Fact | None, int]:
    """A peer that follows the primary by itself is not written (decision 8); a learned scope decides."""
    if not isinstance(action, SetVerifyOriginServer) or action.host == lane.cluster.primary:
        return None, 0
    if scope_of(lane.observed.outstanding, lane.cluster.name) == "per-peer":
        return None, 0
    fact = Fact(field=Setting(host=action.host, path=VERIFY_ORIGIN_SERVER), relation="is", value=action.value)
    return fact, ceil(1.5 * lane.cluster.durations.replication_interval)


def scope_of(outstanding: Outstanding, cluster: str) -> str:
    """What an earlier run learned of `VerifyOriginServer` here; empty when nothing."""
    return next((s.scope for s in outstanding.scopes if (s.cluster, s.path) == (cluster, VERIFY_ORIGIN_SERVER)), "")


def _deadline(lane: Lane, action: Action, by: str) -> int:
    """Seconds until it must be seen done. Hands get as long for an upload as for Refresh servers, at least; a device
    that said OK shows it at once."""
    durations = lane.cluster.durations
    if isinstance(action, RefreshServers):
        return durations.refresh_deadline
    if isinstance(action, UploadCertificates) and by == "hand":
        return max(durations.restart_deadline, durations.refresh_deadline)
    if isinstance(action, RestartService | RestartPeer):
        return durations.restart_deadline
    return max(durations.replication_interval, durations.command_timeout)


def _because(lane: Lane, action: Action, observed: ObservedState) -> tuple[str, ...]:
    if isinstance(action, RestartService):
        owed = (o for o in observed.outstanding.obligations if action.pays(o.kind, o.host, o.what))
        return tuple(dict.fromkeys(f"pending-action: restart {o.what} on {o.host}" for o in owed))
    return tuple(dict.fromkeys(f"{f.id}: {f.subject}" for f in lane.findings if _concerns(f, action)))


def _concerns(finding: Finding, action: Action) -> bool:
    match action:
        case UploadCertificates():
            on_peer = finding.subject == action.host or any(link.peer == action.host for link in finding.links)
            return on_peer and finding.id in {
                "origin-not-trusted",
                "trusted-certificate-missing",
                "not-ready-for-upgrade",
            }
        case RenameSystemServer():
            return finding.id == "origin-name-mismatch" and any(link.origin == action.node for link in finding.links)
        case RefreshServers():
            return finding.id == "origin-name-mismatch" and finding.cluster == action.cluster
        case RestartService() | DiagnosticLogging():
            return False
        case RestartPeer():
            return finding.id == "pending-action" and action.host in finding.summary
        case SetVerifyOriginServer():
            off = {"verification-off", "verification-not-as-declared", "verification-differs"}
            return finding.cluster == action.cluster and finding.id in off


def switched(cluster: Cluster, value: str, observed: ObservedState) -> tuple[SetVerifyOriginServer, ...]:
    """`VerifyOriginServer` to a value on every peer that has another: configuration primary first."""
    hosts = sorted((h.name for h in cluster.hosts), key=lambda name: (name != cluster.primary, name))
    return tuple(
        SetVerifyOriginServer(cluster=cluster.name, host=host, value="On" if value == "On" else "Off", reaches=(host,))
        for host in hosts
        if _differs(observed, host, value)
    )


def _differs(observed: ObservedState, host: str, value: str) -> bool:
    peer = observed.peer(host)
    reading = peer.setting(VERIFY_ORIGIN_SERVER) if peer else None
    return isinstance(reading, Known) and reading.value is not None and reading.value.casefold() != value.casefold()
