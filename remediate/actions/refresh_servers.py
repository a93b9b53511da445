"""Press *Refresh servers* on an Expressway-C cluster: no API is known, so a hand does it."""

from __future__ import annotations

from typing import Literal

from remediate.actions.base import Owed, Risk, Stated, Undo
from remediate.model.base import Value
from remediate.model.fact import Fact, Zones
from remediate.model.observed import ObservedState, PeerReading
from remediate.model.reading import Known

ZONE = "CEtcp-"


class RefreshServers(Value):
    """Expressway-C reads the UC servers again; allow list and zones follow. No MRA client connects
    meanwhile: 5 to 10 s typically, 45 s or more in complex deployments (MRA126)."""

    kind: Literal["refresh-servers"] = "refresh-servers"
    cluster: str
    host: str
    """The configuration primary."""
    names: tuple[str, ...]
    """Names that must have a zone afterwards."""
    gone: tuple[str, ...] = ()
    """Names whose zones go."""

    @property
    def risk(self) -> Risk:
        """A short outage, no lasting change of its own."""
        return Risk.RESTART

    @property
    def title(self) -> str:
        """One line for people."""
        return f"Refresh servers on {self.host}, so that {self.cluster} learns {', '.join(self.names)}"

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to bear in mind (MRA126)."""
        return ("no MRA client connects while it runs: 5 to 10 s typically, 45 s or more in complex deployments",)

    @property
    def zones(self) -> tuple[str, ...]:
        """Zone names to be seen."""
        return tuple(ZONE + name for name in self.names)

    def effect(self, observed: ObservedState) -> ObservedState:
        """The zones of every peer of the cluster."""
        return observed.model_copy(update={"peers": tuple(self._on(p) for p in observed.peers)})

    def _on(self, peer: PeerReading) -> PeerReading:
        if peer.cluster != self.cluster or not isinstance(peer.zones, Known):
            return peer
        gone = {(ZONE + name).casefold() for name in self.gone}
        kept = tuple(z for z in peer.zones.value if z.casefold() not in gone and z not in self.zones)
        return peer.model_copy(update={"zones": Known(value=tuple(sorted((*kept, *self.zones))))})

    def stated(self, observed: ObservedState) -> Stated | None:  # noqa: ARG002 - one signature for all actions
        """Nothing to expect but a readable list; the new zones to confirm."""
        field = Zones(host=self.host)
        return Stated(
            expect=Fact(field=field, relation="holds", value=()),
            confirm=(Fact(field=field, relation="holds", value=self.zones),),
        )

    def undo(self, observed: ObservedState) -> Undo:  # noqa: ARG002
        """Another refresh after the names went back."""
        return Undo(kind="by-hand", how=self.by_hand)

    def inverse(self, observed: ObservedState) -> RefreshServers | None:  # noqa: ARG002
        """The same press of a button, for the names that were there."""
        return self.model_copy(update={"names": self.gone, "gone": self.names}) if self.gone else None

    @property
    def owes(self) -> tuple[Owed, ...]:
        """Nothing."""
        return ()

    @property
    def by_hand(self) -> str:
        """The clicks (MRA126)."""
        page = "Configuration > Unified Communications > Unified CM servers"
        return f"{self.host} (configuration primary): {page}: select all, press Refresh servers"
