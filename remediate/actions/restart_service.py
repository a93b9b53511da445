"""Restart one service of one CUCM node (Control Center), after names under *System > Server* changed (TAC 211393)."""

from __future__ import annotations

from typing import Literal

from remediate.actions.base import Owed, Risk, Stated, Undo
from remediate.model.base import Value
from remediate.model.fact import Fact, Registrations, ServiceStart, read_from
from remediate.model.observed import ObservedState
from remediate.model.reading import Known
from remediate.model.uc_node import NodeReading, Service

TFTP, CALL_MANAGER = "Cisco Tftp", "Cisco CallManager"
AFTER_RENAME = (TFTP, CALL_MANAGER)
"""On all nodes, in this order: configuration files are built anew, then devices are told (TAC 211393)."""


class RestartService(Value):
    """One node at a time, waited for; phones are counted before and after."""

    kind: Literal["restart-service"] = "restart-service"
    cluster: str
    host: str
    service: str
    publisher: str
    """Whose RISPort counts the phones of the cluster."""
    phones: int | None = None
    """Registered on this node when the plan was made; None: not counted."""

    @property
    def risk(self) -> Risk:
        """What runs on that service stops meanwhile."""
        return Risk.RESTART

    @property
    def title(self) -> str:
        """One line for people."""
        return f"restart {self.service} on {self.host}{self._impact}"

    @property
    def _impact(self) -> str:
        if self.service != CALL_MANAGER:
            return ""
        return f": {self.phones} phones register again" if self.phones is not None else ": its phones register again"

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to bear in mind (Ports-14; inferred from TAC 211393)."""
        if self.service != CALL_MANAGER:
            return ()
        return ("calls through this node end; SIP phones resolve the new name over TCP 53, which must be open",)

    def effect(self, observed: ObservedState) -> ObservedState:
        """It has started anew, and nobody is owed that restart any more."""
        nodes = tuple(self._in(node) if node.host == self.host else node for node in observed.nodes)
        return observed.model_copy(update={"nodes": nodes, "outstanding": self._paid(observed)})

    def _paid(self, observed: ObservedState) -> object:
        kept = tuple(o for o in observed.outstanding.obligations if not self.pays(o.kind, o.host, o.what))
        return observed.outstanding.model_copy(update={"obligations": kept})

    def pays(self, kind: str, host: str, what: str) -> bool:
        """Whether this restart is the one that is owed."""
        return (kind, host, what) == ("restart-service", self.host, self.service)

    def _in(self, node: NodeReading) -> NodeReading:
        if not isinstance(node.services, Known):
            return node
        services = tuple(self._started(s) if s.name == self.service else s for s in node.services.value)
        return node.model_copy(update={"services": Known(value=services)})

    def _started(self, service: Service) -> Service:
        return service.model_copy(update={"status": "Started", "since": f"{service.since} and restarted"})

    def stated(self, observed: ObservedState) -> Stated | None:
        """Expect that it runs; confirm that it started anew, and that as many phones are registered as before."""
        start, count = self._start, Registrations(host=self.publisher)
        since = read_from(observed, start)
        if not isinstance(since, Known) or not isinstance(since.value, str):
            return None
        confirm = [Fact(field=start, relation="differs", value=since.value)]
        registered = read_from(observed, count)
        if self.service == CALL_MANAGER and isinstance(registered, Known):
            confirm.append(Fact(field=count, relation="at-least", value=registered.value))
        return Stated(expect=Fact(field=start, relation="exists", value=None), confirm=tuple(confirm))

    @property
    def _start(self) -> ServiceStart:
        return ServiceStart(host=self.host, service=self.service)

    def undo(self, observed: ObservedState) -> Undo:  # noqa: ARG002 - one signature for all actions
        """A restart is over when it is over."""
        return Undo(kind="left-in-place", how=f"{self.host}: nothing to undo: {self.service} runs")

    def inverse(self, observed: ObservedState) -> None:
        """There is none."""

    @property
    def owes(self) -> tuple[Owed, ...]:
        """Nothing."""
        return ()

    @property
    def by_hand(self) -> str:
        """The clicks."""
        page = "Cisco Unified Serviceability > Tools > Control Center - Feature Services"
        return f"{self.host}: {page}: {self.service}: Restart"
