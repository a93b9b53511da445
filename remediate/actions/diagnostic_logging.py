"""Start or stop diagnostic logging on an Expressway cluster (RN1425: REST from X12.6.3). Log levels stay."""

from __future__ import annotations

from typing import Literal

from remediate.actions.base import Owed, Risk, Stated, Undo
from remediate.model.base import Value
from remediate.model.fact import DiagnosticState, Fact
from remediate.model.observed import ObservedState

CLICKS = "Maintenance > Diagnostics > Diagnostic logging"


class DiagnosticLogging(Value):
    """Sent to the configuration primary; it reaches every peer of the cluster."""

    kind: Literal["diagnostic-logging"] = "diagnostic-logging"
    cluster: str
    host: str
    """The configuration primary."""
    state: Literal["running", "stopped"]
    packets: bool = False
    """Whether packets are captured too, while it runs."""

    @property
    def risk(self) -> Risk:
        """Nothing that works now ceases to."""
        return Risk.ADDITIVE

    @property
    def title(self) -> str:
        """One line for people."""
        with_packets = " with packet capture" if self.packets and self.state == "running" else ""
        return f"{self._verb} diagnostic logging{with_packets} on {self.host}, for {self.cluster}"

    @property
    def _verb(self) -> str:
        return "start" if self.state == "running" else "stop"

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to bear in mind."""
        return ("a bundle may hold credentials and call data: keep it as secret as the devices",)

    def effect(self, observed: ObservedState) -> ObservedState:
        """Nothing that is judged."""
        return observed

    def stated(self, observed: ObservedState) -> Stated | None:  # noqa: ARG002 - one signature for all actions
        """Expect the other state, confirm this one."""
        field = DiagnosticState(host=self.host)
        other = "stopped" if self.state == "running" else "running"
        return Stated(
            expect=Fact(field=field, relation="is", value=other),
            confirm=(Fact(field=field, relation="is", value=self.state),),
        )

    def undo(self, observed: ObservedState) -> Undo:
        """Stop what was started."""
        return Undo(kind="exact", how=self.inverse(observed).by_hand)

    def inverse(self, observed: ObservedState) -> DiagnosticLogging:  # noqa: ARG002
        """The other state."""
        return self.model_copy(update={"state": "stopped" if self.state == "running" else "running"})

    @property
    def owes(self) -> tuple[Owed, ...]:
        """Nothing."""
        return ()

    @property
    def by_hand(self) -> str:
        """The clicks."""
        button = "Start new log" if self.state == "running" else "Stop logging"
        return f"{self.host} (configuration primary): {CLICKS}: press {button}"
