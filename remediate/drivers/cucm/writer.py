"""Changes names under CUCM *System > Server*, and restarts services: one action, sent once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from remediate.actions import Action, RenameSystemServer, RestartService
from remediate.drivers.credentials import Gate
from remediate.drivers.cucm.serviceability import Serviceability
from remediate.drivers.cucm.session import Session
from remediate.errors import BugError
from remediate.model.inventory import Cluster, Host


class CucmWriter:
    """Implements `engine.ports.Writer`."""

    def __init__(self, cluster: Cluster, host: Host, gate: Gate, now: Callable[[], datetime]) -> None:
        self._session = Session(cluster, host, gate)
        self._serviceability = Serviceability(host, self._session.https, now)

    def perform(self, action: Action) -> None:
        """A name by UUID, which survives the change; a restart of a service of this node. See the port for what
        is raised."""
        match action:
            case RenameSystemServer():
                self._rename(action)
            case RestartService():
                self._serviceability.restart(action.service)
            case _:
                raise BugError(f"{action.kind} was handed to {self._session.host.name}, a CUCM node")

    def _rename(self, action: RenameSystemServer) -> None:
        """The thick call; thin AXL only with the operator's word, and only where the thick one had no effect: it is
        said both to work and not to."""
        axl = self._session.axl()
        axl.rename(action.uuid, action.new)
        if action.sql and action.new not in {row.name for row in axl.rows()}:
            axl.rename_by_sql(action.uuid, action.new)

    def close(self) -> None:
        """End the session."""
        self._session.close()
