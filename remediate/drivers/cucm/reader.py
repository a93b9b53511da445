"""Reads the publisher of one CUCM cluster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from remediate.drivers.credentials import Gate
from remediate.drivers.cucm import wire
from remediate.drivers.cucm.facts import facts_of
from remediate.drivers.cucm.serviceability import Serviceability
from remediate.drivers.cucm.session import Session
from remediate.errors import DeviceError
from remediate.model.fact import Field, FieldReading, Registrations, ServerName
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import ProcessNode, UcReading
from remediate.model.reading import Known, Unknown

T = TypeVar("T")
IM_AND_PRESENCE = "CUCM IM and Presence"


class CucmReader:
    """Implements `engine.ports.UcReader`."""

    def __init__(self, cluster: Cluster, host: Host, gate: Gate, now: Callable[[], datetime]) -> None:
        self._cluster = cluster
        self._session = Session(cluster, host, gate)
        self._serviceability = Serviceability(host, self._session.https, now)

    def read(self) -> UcReading:
        """Version and rows; never raises a `DeviceError`."""
        try:
            axl = self._session.axl()
            version, rows = axl.version(), axl.rows()
        except DeviceError as error:
            why = f"{error}{self._servers()}"
            return UcReading(cluster=self._cluster.name, version=Unknown(why=why), process_nodes=Unknown(why=why))
        nodes = tuple(sorted(map(_node, rows), key=lambda node: node.uuid))
        return UcReading(
            cluster=self._cluster.name,
            version=Known(value=version),
            process_nodes=Known(value=nodes),
            facts=attempt(lambda: facts_of(axl)),
            registered=attempt(self._serviceability.registered),
        )

    def field(self, field: Field) -> FieldReading:
        """A name under *System > Server* by its UUID, `Known(None)` when the row is gone; the count of phones."""
        if isinstance(field, Registrations):
            counts = attempt(self._serviceability.registered)
            return counts if isinstance(counts, Unknown) else Known(value=str(sum(n for _, n in counts.value)))
        if not isinstance(field, ServerName):
            return Unknown(why=f"{self._session.host.name} is a CUCM publisher and holds no {field.kind}")
        try:
            rows = self._session.axl().rows()
        except DeviceError as error:
            return Unknown(why=str(error))
        return Known(value=next((row.name for row in rows if _plain(row.uuid) == _plain(field.uuid)), None))

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def _servers(self) -> str:
        """What UDS says without a password, as evidence beside the reason."""
        try:
            names = wire.uds_servers(self._session.host, self._session.https)
        except DeviceError:
            return ""
        return f" (UDS lists {', '.join(names)})"


def attempt(read: Callable[[], T]) -> Known[T] | Unknown:
    """A reading, or why there is none."""
    try:
        return Known(value=read())
    except DeviceError as error:
        return Unknown(why=str(error))


def _node(row: wire.Row) -> ProcessNode:
    return ProcessNode(
        uuid=row.uuid,
        name=row.name,
        role="im-and-presence" if row.role == IM_AND_PRESENCE else "cucm",
        publisher=row.usage == "Publisher",
    )


def _plain(uuid: str) -> str:
    return uuid.strip("{}").casefold()
