"""Restart one Expressway peer: maintenance mode on, calls drained or the time for it over, then the restart."""

from __future__ import annotations

from typing import Literal

from remediate.actions.base import Owed, Risk, Stated, Undo
from remediate.model.base import Value
from remediate.model.fact import Fact
from remediate.model.health import MAINTENANCE, SOUND, STANDS, Health
from remediate.model.observed import ObservedState
from remediate.model.reading import Known

MENU = "Maintenance > Restart options > Restart"


class RestartPeer(Value):
    """What was uploaded to the trusted CA list is loaded at the start. One peer at a time, primary last."""

    kind: Literal["restart-peer"] = "restart-peer"
    cluster: str
    host: str
    drain: int
    """Seconds for which calls may end by themselves; a call that lasts longer is dropped."""

    @property
    def risk(self) -> Risk:
        """Calls and registrations through this peer drop."""
        return Risk.RESTART

    @property
    def title(self) -> str:
        """One line for people."""
        return f"restart {self.host}"

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to bear in mind (AG15.4-MNT)."""
        return (
            f"maintenance mode on, then up to {self.drain} s for calls to end; a longer call is dropped",
            "MRA users of this peer register again through another one; a restart takes about 3 minutes",
        )

    def effect(self, observed: ObservedState) -> ObservedState:
        """Its restart is owed no more."""
        left = tuple(o for o in observed.outstanding.obligations if (o.kind, o.host) != ("restart", self.host))
        outstanding = observed.outstanding.model_copy(update={"obligations": left})
        return observed.model_copy(update={"outstanding": outstanding})

    def stated(self, observed: ObservedState) -> Stated | None:
        """Expect the peer as sound as it was judged; confirm that it started since, and all of it again."""
        peer = observed.peer(self.host)
        if peer is None or not isinstance(peer.product, Known):
            return None
        field = Health(
            host=self.host,
            since=peer.product.value.started_at,
            version=peer.product.value.version,
            alarms=peer.alarms.value if isinstance(peer.alarms, Known) else (),
            zones=peer.zones.value if isinstance(peer.zones, Known) else (),
        )
        return Stated(
            expect=Fact(field=field, relation="holds", value=STANDS),
            confirm=(Fact(field=field, relation="holds", value=SOUND),),
        )

    def undo(self, observed: ObservedState) -> Undo:  # noqa: ARG002 - one signature for all actions
        """Nothing to take back but a maintenance mode that stayed on."""
        return Undo(kind="by-hand", how=f"nothing; should maintenance mode stay on: xConfiguration {MAINTENANCE}: Off")

    def inverse(self, observed: ObservedState) -> None:
        """None."""

    @property
    def owes(self) -> tuple[Owed, ...]:
        """Nothing: it pays."""
        return ()

    @property
    def by_hand(self) -> str:
        """The same without this tool."""
        return f"{self.host}: xConfiguration {MAINTENANCE}: On; once its calls have ended: {MENU}"
