"""What a plan may never do.

The prefix law: at every prefix of a plan no connection is rejected that was accepted before it began,
save those the plan lists as accepted to fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from remediate.actions import Action, RenameSystemServer
from remediate.checks.connections import When, connections_for
from remediate.errors import StalePlan
from remediate.model.desired import DesiredState
from remediate.model.finding import Connection, TlsLink
from remediate.model.observed import ObservedState
from remediate.planning.plan import Plan
from remediate.planning.simulate import after

VIEWS: tuple[When, ...] = ("now", "listed")
Origin = tuple[str, str, str, int]


class Broken(NamedTuple):
    """The first prefix that breaks something: how many actions it has, and what it breaks."""

    length: int
    connections: tuple[Connection, ...]


def origin_of(link: TlsLink) -> Origin:
    """A link whatever name is asked for: renaming an entry does not make another connection of it."""
    return link.peer, link.origin_cluster, link.origin, link.port


def stands(connection: Connection) -> bool:
    """Whether the traffic server accepts it now. A name that awaits *Refresh servers* is no refusal."""
    accepted = connection.state in ("good", "good-unverified", "pending")
    return accepted and not connection.refused_until_restart


def broken_prefix(
    desired: DesiredState,
    observed: ObservedState,
    actions: Sequence[Action],
    at: datetime,
    accepted: frozenset[Origin] = frozenset(),
) -> Broken | None:
    """The first prefix after which a connection that stood is refused, in either view; None when lawful.

    Connections in `accepted` may fail.
    """
    touched = _touched(actions)
    stood = {view: _standing(connections_for(desired, observed, view, touched)) - accepted for view in VIEWS}
    for length in range(1, len(actions) + 1):
        observed = after(observed, [actions[length - 1]], at)
        for view in VIEWS:
            refused = [c for c in connections_for(desired, observed, view, touched) if not stands(c)]
            lost = tuple(c for c in refused if origin_of(c.link) in stood[view])
            if lost:
                return Broken(length, lost)
    return None


def _touched(actions: Sequence[Action]) -> frozenset[str]:
    """Expressway-C clusters whose connections these actions may change."""
    served = (name for action in actions if isinstance(action, RenameSystemServer) for name in action.serves)
    return frozenset((*(action.cluster for action in actions), *served))


def refuse_breaking(plan: Plan, desired: DesiredState, observed: ObservedState, at: datetime) -> None:
    """Judge a plan once more on fresh readings: StalePlan when a step would break a connection that stands
    now and that the plan does not list as accepted to fail."""
    accepted = frozenset(origin_of(link) for link in plan.accepts_failing)
    broken = broken_prefix(desired, observed, [step.action for step in plan.steps], at, accepted)
    if broken is not None:
        lines = "\n".join(f"  {c.link}: {c.impact}" for c in broken.connections)
        step = plan.steps[broken.length - 1]
        raise StalePlan(f"after step {step.id} these connections would fail, which the plan does not say:\n{lines}")


def refuse_other_end(plan: Plan, desired: DesiredState, observed: ObservedState, at: datetime) -> None:
    """StalePlan when a connection that the plan foretells to be good would fail after all its steps, by fresh
    readings: something changed since, such as the certificate of a UC server."""
    foretold = {origin_of(c.link): c for c in plan.after if c.state in ("good", "pending")}
    clusters = frozenset(c.link.cluster for c in foretold.values())
    observed = after(observed, [step.action for step in plan.steps], at)
    failing = [c for c in connections_for(desired, observed, clusters=clusters) if c.state == "fails"]
    worse = [c for c in failing if origin_of(c.link) in foretold]
    if worse:
        lines = "\n".join(f"  {c.link}: {c.impact}" for c in worse)
        raise StalePlan(f"changed since plan: these connections would fail in spite of its steps; plan anew:\n{lines}")


def _standing(connections: Sequence[Connection]) -> frozenset[Origin]:
    return frozenset(origin_of(c.link) for c in connections if stands(c))
