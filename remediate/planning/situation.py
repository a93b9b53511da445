"""What a remedy looks at, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

from remediate.actions import Action, RenameSystemServer
from remediate.checks.connections import When, connection_again
from remediate.model.certificate import EncodedCertificate, TrustedCertificate
from remediate.model.desired import DesiredState, Play
from remediate.model.finding import Connection
from remediate.model.inventory import Cluster
from remediate.model.observed import ObservedState
from remediate.planning.plan import Blocked
from remediate.planning.simulate import after


@dataclass(frozen=True)
class Situation:
    """One Expressway-C cluster under one play."""

    desired: DesiredState
    observed: ObservedState
    play: Play
    cluster: Cluster
    at: datetime

    @property
    def view(self) -> When:
        """What the play wants good: what is served today, or whatever an upgrade may make of it."""
        return "upgraded" if self.play.upgrade_ready else "listed"

    @cached_property
    def vouched(self) -> tuple[tuple[TrustedCertificate, EncodedCertificate], ...]:
        """Trusted certificates whose bytes are at hand: from their file, or from a capture that hashes to
        the SHA-256 that was typed."""
        trusted = self.desired.inventory.trusted_certificates
        bare = any(t.certificate is None for t in trusted)
        captured = {c.sha256: c for chain in self.observed.chains for c in chain} if bare else {}
        pairs = ((t, t.certificate or captured.get(t.sha256)) for t in trusted)
        return tuple((trusted, certificate) for trusted, certificate in pairs if certificate is not None)

    def judged_again(self, connection: Connection, actions: Iterable[Action]) -> Connection | None:
        """A connection on the changed state, whatever name is then asked for; None when it is gone."""
        state = after(self._own, actions, self.at)
        return connection_again(self.desired, state, connection.link, self.view)

    @cached_property
    def _own(self) -> ObservedState:
        """Without the peers and ports of other clusters: what is judged again and again is small."""
        peers = tuple(p for p in self.observed.peers if p.cluster == self.cluster.name)
        origins = tuple(o for name in self.cluster.serves for o in self.observed.origins_of(name))
        return self.observed.model_copy(update={"peers": peers, "origins": origins})


@dataclass(frozen=True)
class Proposal:
    """A remedy's answer for one connection: certificates to add, a name to change, what blocks it, or
    why it does not apply."""

    additions: tuple[tuple[TrustedCertificate, EncodedCertificate], ...] = ()
    rename: RenameSystemServer | None = None
    blocked: tuple[Blocked, ...] = ()
    why_not: str = ""


class Remedy(Protocol):
    """One way to mend a refused connection."""

    name: str

    def propose(self, situation: Situation, connection: Connection) -> Proposal:
        """For one connection that fails."""
        ...
