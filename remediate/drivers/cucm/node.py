"""Reads one CUCM, IM and Presence or Unity Connection node: UDS, Control Center, and the OS command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from remediate.drivers.credentials import Gate
from remediate.drivers.cucm import os_answers, wire
from remediate.drivers.cucm.membership import membership
from remediate.drivers.cucm.reader import attempt
from remediate.drivers.cucm.serviceability import Serviceability
from remediate.drivers.cucm.session import AXL_PORT
from remediate.drivers.http import Https
from remediate.drivers.oscli import OsCli
from remediate.errors import UnexpectedReply
from remediate.model.certificate import EncodedCertificate
from remediate.model.fact import Field, FieldReading, ListedNames, ServiceStart
from remediate.model.inventory import Cluster, Host
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import Network, NodeReading, OwnName

DIAGNOSIS_S = 180
"""`utils diagnose` and `utils dbreplication runtimestate` take their time on a large cluster."""
STARTED = "Started"


class UcNodeReader:
    """Implements `engine.ports.NodeReader`."""

    def __init__(self, cluster: Cluster, host: Host, gate: Gate, now: Callable[[], datetime]) -> None:
        self._cluster, self._host = cluster, host
        self._https = Https(host, gate, cluster.durations, host.port("https", AXL_PORT))
        self._serviceability = Serviceability(host, self._https, now)
        platform = host.model_copy(update={"credentials": host.platform_credentials})
        self._console = OsCli(platform, gate, cluster.durations)

    def read(self, *, console: bool, members: bool = False) -> NodeReading:
        """What it says of itself; `console`: by its OS command line too; `members`: of its cluster too.

        Never raises a `DeviceError`.
        """
        reading = NodeReading(cluster=self._cluster.name, host=self._host.name)
        if self._cluster.role == "cucm":
            listed, services = attempt(self._listed), attempt(self._serviceability.services)
            reading = reading.model_copy(update={"listed": listed, "services": services})
        if members:
            told = attempt(lambda: membership(self._cluster.role, self._host, self._https))
            reading = reading.model_copy(update={"membership": told})
        return reading.model_copy(update=self._by_console()) if console else reading

    def identities(self) -> tuple[tuple[str, EncodedCertificate], ...]:
        """Its own certificates by `show cert own`. Raises `DeviceError`."""
        return os_answers.own_certificates(self._console.ask)

    def field(self, field: Field) -> FieldReading:
        """One field, read now."""
        match field:
            case ListedNames():
                listed = attempt(self._listed)
                return listed if isinstance(listed, Unknown) else Known(value=listed.value)
            case ServiceStart(service=name):
                services = attempt(self._serviceability.services)
                if isinstance(services, Unknown):
                    return services
                started = (s.since for s in services.value if s.name == name and s.status == STARTED)
                return Known(value=next(started, None))
        return Unknown(why=f"{self._host.name} is a UC node and holds no {field.kind}")

    def close(self) -> None:
        """End both sessions."""
        self._https.close()
        self._console.close()

    def _listed(self) -> tuple[str, ...]:
        return wire.uds_servers(self._host, self._https)

    def _by_console(self) -> dict[str, object]:
        network = attempt(self._network)
        if isinstance(network, Unknown):
            return dict.fromkeys(("network", "own_name", "replication", "network_valid"), network)
        return {
            "network": network,
            "own_name": attempt(self._own_name),
            "replication": attempt(self._replication) if self._cluster.role == "cucm" else Known(value=()),
            "network_valid": attempt(self._validated),
        }

    def _network(self) -> Network:
        found = os_answers.network_of(self._console.ask("show status"), self._console.ask("show network eth0"))
        if found is None:
            raise UnexpectedReply(self._host.name, "the OS CLI does not say host name and domain")
        return found

    def _own_name(self) -> OwnName:
        forward = self._console.ask(f"utils network host {self._host.fqdn}")
        return os_answers.own_name_of(
            self._host.fqdn, forward, self._console.ask(f"utils network host {self._host.address}")
        )

    def _replication(self) -> tuple[tuple[str, str], ...]:
        found = os_answers.replication_of(self._console.ask("utils dbreplication runtimestate", DIAGNOSIS_S))
        if not found:
            raise UnexpectedReply(self._host.name, "utils dbreplication runtimestate lists no server")
        return found

    def _validated(self) -> bool:
        said = os_answers.validated(self._console.ask("utils diagnose module validate_network", DIAGNOSIS_S))
        if said is None:
            raise UnexpectedReply(self._host.name, "utils diagnose module validate_network does not say how it ended")
        return said
