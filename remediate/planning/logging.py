"""A plan of one kind of step: start diagnostic logging on the configuration primaries. Its rollback stops it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from remediate.actions import DiagnosticLogging
from remediate.model.base import digest
from remediate.model.desired import DesiredState
from remediate.model.inventory import Cluster
from remediate.model.observed import ObservedState
from remediate.planning.plan import Plan, Step
from remediate.planning.planner import devices

VALID = timedelta(minutes=15)


def primary_of(cluster: Cluster) -> str:
    """The host to which it is sent."""
    return cluster.primary or cluster.hosts[0].name


def logging_plan(
    desired: DesiredState, observed: ObservedState, clusters: Sequence[Cluster], at: datetime, tool_version: str
) -> Plan:
    """One step per cluster, with packet capture. It rests on readings of the peers, by which they are known again."""
    steps = tuple(_step(cluster, observed) for cluster in clusters)
    return Plan(
        tool_version=tool_version,
        made_at=at,
        valid_from=at,
        valid_until=at + VALID,
        inventory_digest=digest(desired.inventory),
        playbook_digest="",
        observed_digest=digest(observed),
        devices=devices(desired, observed, (step.action for step in steps), set()),
        steps=steps,
    )


def _step(cluster: Cluster, observed: ObservedState) -> Step:
    action = DiagnosticLogging(cluster=cluster.name, host=primary_of(cluster), state="running", packets=True)
    stated = action.stated(observed)
    assert stated is not None, "it rests on no reading"
    return Step(
        id=f"{action.kind}:{action.host}",
        cluster=cluster.name,
        action=action,
        because=("collect-logs: what the traffic servers write while somebody logs in",),
        expect=stated.expect,
        confirm=stated.confirm,
        deadline=cluster.durations.command_timeout,
        undo=action.undo(observed),
        inverse=action.inverse(observed),
        risk=action.risk,
    )
