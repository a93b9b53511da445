"""Changes names under CUCM *System > Server*: one action, sent once."""

from __future__ import annotations

from remediate.actions import Action, RenameSystemServer
from remediate.drivers.credentials import Gate
from remediate.drivers.cucm.session import Session
from remediate.errors import BugError
from remediate.model.inventory import Cluster, Host


class CucmWriter:
    """Implements `engine.ports.Writer`."""

    def __init__(self, cluster: Cluster, host: Host, gate: Gate) -> None:
        self._session = Session(cluster, host, gate)

    def perform(self, action: Action) -> None:
        """`updateProcessNode` by UUID, which survives the change. See the port for what is raised."""
        if not isinstance(action, RenameSystemServer):
            raise BugError(f"{action.kind} was handed to the publisher {self._session.host.name}")
        self._session.axl().rename(action.uuid, action.new)

    def close(self) -> None:
        """End the session."""
        self._session.close()
