"""What every check looks at, and how it words a finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from remediate.model.certificate import TrustStore
from remediate.model.desired import DesiredState
from remediate.model.finding import Connection, Finding
from remediate.model.inventory import Cluster
from remediate.model.observed import ObservedState, PeerReading
from remediate.model.reading import Known
from remediate.model.verdict import Reason, Rejected


@dataclass(frozen=True)
class Scene:
    """The readings and the connections judged from them, computed once for all checks."""

    desired: DesiredState
    observed: ObservedState
    connections: tuple[Connection, ...]

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """Expressway-C clusters that were read."""
        read = {p.cluster for p in self.observed.peers}
        return tuple(c for c in self.desired.inventory.of_role("expressway-c") if c.name in read)

    def peers(self, cluster: str) -> tuple[PeerReading, ...]:
        """Readings of one cluster's peers."""
        return tuple(p for p in self.observed.peers if p.cluster == cluster)

    def of(self, cluster: str) -> tuple[Connection, ...]:
        """Connections of one cluster."""
        return tuple(c for c in self.connections if c.link.cluster == cluster)


class Check(Protocol):
    """One thing that can be wrong. Its docstring is its page, printed by `remediate explain ID`."""

    id: str

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """All of them, in inventory order."""
        ...


def reasons(connection: Connection) -> tuple[Reason, ...]:
    """Why it is or, with the check off, would be refused."""
    return connection.verdict.reasons if isinstance(connection.verdict, Rejected) else ()


def listed(peer: PeerReading) -> TrustStore | None:
    """The peer's trusted CA list, where it was read."""
    return peer.trust.value if isinstance(peer.trust, Known) else None
