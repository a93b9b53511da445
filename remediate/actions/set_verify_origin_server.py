"""Switch the traffic server's check of UC servers (RN1425: default On from X14.2)."""

from __future__ import annotations

from typing import Literal

from remediate.actions.base import Owed, Risk, Stated, Undo
from remediate.model.base import Value
from remediate.model.fact import Fact, Setting
from remediate.model.observed import VERIFY_ORIGIN_SERVER, ObservedState, PeerReading
from remediate.model.reading import Known


class SetVerifyOriginServer(Value):
    """Written on one peer; whether the others follow is discovered, not assumed."""

    kind: Literal["set-verify-origin-server"] = "set-verify-origin-server"
    cluster: str
    host: str
    value: Literal["On", "Off"]
    reaches: tuple[str, ...]
    """Peers on which the value must be read afterwards, this one included."""

    @property
    def risk(self) -> Risk:
        """Off exposes every MRA user's credentials between Expressway-C and the UC servers."""
        return Risk.SECURITY_REDUCING if self.value == "Off" else Risk.ADDITIVE

    @property
    def title(self) -> str:
        """One line for people."""
        return f"{self.command} on {self.host}"

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to bear in mind."""
        if self.value == "On":
            return ()
        return ("whoever stands between Expressway-C and the UC servers can then read every MRA user's password",)

    @property
    def command(self) -> str:
        """The literal line (RN1425)."""
        return f"xConfiguration {VERIFY_ORIGIN_SERVER}: {self.value}"

    def effect(self, observed: ObservedState) -> ObservedState:
        """The value on every peer it reaches."""
        return observed.model_copy(update={"peers": tuple(self._on(p) for p in observed.peers)})

    def _on(self, peer: PeerReading) -> PeerReading:
        if peer.host not in self.reaches:
            return peer
        others = tuple((p, r) for p, r in peer.settings if p != VERIFY_ORIGIN_SERVER)
        settings = (*others, (VERIFY_ORIGIN_SERVER, Known[str | None](value=self.value)))
        return peer.model_copy(update={"settings": tuple(sorted(settings))})

    def stated(self, observed: ObservedState) -> Stated | None:
        """Expect the value that was judged on this peer; confirm the new one on all it reaches."""
        before = self._before(observed)
        if before is None:
            return None
        after = tuple(self._fact(host, self.value) for host in self.reaches)
        return Stated(expect=self._fact(self.host, before), confirm=after)

    def _before(self, observed: ObservedState) -> str | None:
        peer = observed.peer(self.host)
        reading = peer.setting(VERIFY_ORIGIN_SERVER) if peer else None
        return reading.value if isinstance(reading, Known) else None

    def _fact(self, host: str, value: str) -> Fact:
        return Fact(field=Setting(host=host, path=VERIFY_ORIGIN_SERVER), relation="is", value=value)

    def undo(self, observed: ObservedState) -> Undo:
        """The value that stood there; to switch Off again is a workaround's, never a rollback's."""
        before = self._before(observed) or "On"
        how = f"{self.host} over SSH: xConfiguration {VERIFY_ORIGIN_SERVER}: {before}"
        if before.casefold() == "off" and self.value == "On":
            return Undo(kind="by-hand", how=f"{how}, or mra-workaround.yml with its words; a rollback never does it")
        return Undo(kind="exact", how=how)

    def inverse(self, observed: ObservedState) -> SetVerifyOriginServer | None:
        """Set what was read before; None where it was not known."""
        before = self._before(observed)
        if before is None or before.casefold() not in ("on", "off"):
            return None
        return self.model_copy(update={"value": "On" if before.casefold() == "on" else "Off"})

    @property
    def owes(self) -> tuple[Owed, ...]:
        """Nothing known (RN1425 names no restart)."""
        return ()

    @property
    def by_hand(self) -> str:
        """The same without SSH for the tool."""
        return f"{self.host} over SSH as admin: {self.command}"
