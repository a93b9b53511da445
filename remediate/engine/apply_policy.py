"""What the policy asks before the first write, and before each one: windows, backups, peers that stay up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from remediate.actions import RestartPeer
from remediate.engine.apply_guards import CLOCKS_APART
from remediate.engine.apply_ports import ApplyPorts, Lane
from remediate.errors import ForbiddenStep, PreconditionFailed
from remediate.journal.entries import Attested, Entry
from remediate.model.policy import Policy
from remediate.planning.plan import Plan, Step
from remediate.planning.windows import point_of_no_return, seconds_of, standing, way_back_seconds

BACKUP = "backup"
ATTESTED = "attested"
"""The chain of what people vouch for outside of any run."""


def check_policy(plan: Plan, clusters: Iterable[str], ports: ApplyPorts) -> None:
    """ForbiddenStep outside the change windows or against `keep_up`, PreconditionFailed without a fresh backup.

    What takes changes back is held up by none of them.
    """
    if plan.purpose == "rollback":
        return
    written = tuple(clusters)
    _check_window(plan, written, ports)
    _check_keep_up(plan, ports)
    _check_backups(written, ports)


def too_late(lane: Lane, step: Step, done: Iterable[Step]) -> str:
    """Why this step may not begin now: it, and the way back of all that is done, would not end in the window."""
    if lane.plan.purpose == "rollback" or lane.ports.override:
        return ""
    now = lane.ports.clock.now()
    found = standing(lane.ports.policy.windows, (lane.cluster, step.action.cluster), now)
    if found.why_not:
        return found.why_not
    if found.ends is None:
        return ""
    needed = seconds_of(step) + sum(map(way_back_seconds, (*done, step)))
    if now + timedelta(seconds=needed) <= found.ends:
        return ""
    return (
        f"step {step.id} and the way back may take {needed} s, and the change window ends at {found.ends:%H:%M} UTC:"
        " nothing is started that could not also be taken back"
    )


def _check_window(plan: Plan, clusters: tuple[str, ...], ports: ApplyPorts) -> None:
    found = standing(ports.policy.windows, clusters, ports.clock.now())
    if ports.override:
        return
    if found.why_not:
        raise ForbiddenStep(f"{found.why_not}; --override-window REASON goes into the ledger")
    if found.ends is not None and plan.steps:
        latest = point_of_no_return(plan.steps, found.ends)
        words = f"the window ends at {found.ends:%H:%M} UTC; a rollback must begin before {latest:%H:%M} UTC"
        ports.progress.event("window", "", "", words)


def _check_keep_up(plan: Plan, ports: ApplyPorts) -> None:
    least = ports.policy.budgets.keep_up
    for step in plan.steps:
        left = len(ports.inventory.cluster(step.action.cluster).hosts) - 1
        if isinstance(step.action, RestartPeer) and left < least:
            raise ForbiddenStep(
                f"while {step.action.host} restarts {left} of its cluster stay up, and the policy keeps {least} up"
            )


def without_backup(clusters: Iterable[str], policy: Policy, entries: Iterable[Entry], now: datetime) -> tuple[str, ...]:
    """Clusters for which nobody vouched for a backup as fresh as the policy asks; `entries` of what people attested."""
    if policy.backup_age is None:
        return ()
    oldest = now - timedelta(seconds=policy.backup_age)
    vouched = _backups(entries, now + CLOCKS_APART)
    never = datetime.min.replace(tzinfo=oldest.tzinfo)
    return tuple(cluster for cluster in clusters if vouched.get(cluster, never) < oldest)


def _check_backups(clusters: tuple[str, ...], ports: ApplyPorts) -> None:
    missing = without_backup(clusters, ports.policy, ports.ledger.entries(ATTESTED), ports.clock.now())
    age = ports.policy.backup_age
    if missing and age is not None:
        lines = "\n".join(f"  remediate attest {BACKUP}:{cluster} -i INV --who NAME" for cluster in missing)
        raise PreconditionFailed(
            f"no backup younger than {age // 3600} h is on record for {', '.join(missing)}:"
            f" take one (Expressway: each peer; CUCM: DRS), then\n{lines}"
        )


def _backups(entries: Iterable[Entry], latest: datetime) -> dict[str, datetime]:
    """One from the future, by a machine whose clock was wrong, would stay fresh until then."""
    return {e.cluster: e.at for e in entries if isinstance(e, Attested) and e.what == BACKUP and e.at <= latest}
