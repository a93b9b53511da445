"""What a plan may never do.

The prefix law: at every prefix of a plan no connection is rejected that was accepted before it began,
save those the plan lists as accepted to fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from remediate.actions import Action
from remediate.checks.connections import When, connections_for
from remediate.model.desired import DesiredState
from remediate.model.finding import Connection, TlsLink
from remediate.model.observed import ObservedState
from remediate.planning.simulate import after

STANDING = ("good", "good-unverified", "pending")
VIEWS: tuple[When, ...] = ("now", "listed")


class Broken(NamedTuple):
    """The first prefix that breaks something: how many actions it has, and what it breaks."""

    length: int
    connections: tuple[Connection, ...]


def origin_of(link: TlsLink) -> tuple[str, str, str, int]:
    """A link whatever name is asked for: renaming an entry does not make another connection of it."""
    return link.peer, link.origin_cluster, link.origin, link.port


def broken_prefix(
    desired: DesiredState, observed: ObservedState, actions: Sequence[Action], at: datetime
) -> Broken | None:
    """The first prefix after which a connection that stood is refused, in either view; None when lawful."""
    stood = {view: _standing(connections_for(desired, observed, view)) for view in VIEWS}
    for length in range(1, len(actions) + 1):
        observed = after(observed, [actions[length - 1]], at)
        for view in VIEWS:
            refused = [c for c in connections_for(desired, observed, view) if c.state not in STANDING]
            lost = tuple(c for c in refused if origin_of(c.link) in stood[view])
            if lost:
                return Broken(length, lost)
    return None


def _standing(connections: Sequence[Connection]) -> frozenset[tuple[str, str, str, int]]:
    return frozenset(origin_of(c.link) for c in connections if c.state in STANDING)
