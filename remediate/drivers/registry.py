"""Which driver speaks to which device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remediate.drivers.credentials import Gate, Resolve
from remediate.engine.ports import (
    BundleReader,
    CertificatesReader,
    Clock,
    NodeReader,
    OriginReader,
    PeerReader,
    UcReader,
    Writer,
)
from remediate.errors import BugError
from remediate.model.inventory import Cluster, Host

if TYPE_CHECKING:
    from remediate.drivers.expressway.session import Habits

EXPRESSWAYS = ("expressway-c", "expressway-e")


class DeviceReaders:
    """Implements `engine.ports.Readers`. Libraries are imported when the first device needs them."""

    def __init__(self, gate: Gate, clock: Clock) -> None:
        self._gate, self._clock = gate, clock
        self._habits: Habits | None = None

    def peer(self, cluster: Cluster, host: Host) -> PeerReader:
        """An Expressway peer."""
        from remediate.drivers.expressway.reader import ExpresswayReader  # noqa: PLC0415
        from remediate.drivers.expressway.session import Habits  # noqa: PLC0415

        self._habits = self._habits or Habits()
        return ExpresswayReader(cluster, host, self._gate, self._clock.now, self._habits)

    def uc(self, cluster: Cluster, host: Host) -> UcReader:
        """A CUCM publisher."""
        from remediate.drivers.cucm.reader import CucmReader  # noqa: PLC0415

        return CucmReader(cluster, host, self._gate, self._clock.now)

    def certificates(self, cluster: Cluster, host: Host) -> CertificatesReader:
        """A UC node, by its Certificate Management."""
        from remediate.drivers.cucm import certificates  # noqa: PLC0415

        return certificates.CertificatesReader(cluster, host, self._gate)

    def node(self, cluster: Cluster, host: Host) -> NodeReader:
        """A UC node."""
        from remediate.drivers.cucm.node import UcNodeReader  # noqa: PLC0415

        return UcNodeReader(cluster, host, self._gate, self._clock.now)

    def origins(self) -> OriginReader:
        """UC servers' TLS ports."""
        from remediate.drivers.handshake import Handshakes  # noqa: PLC0415

        return Handshakes(self._clock.now)


class DeviceBundles:
    """Implements `engine.ports.Bundles`."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def bundle(self, cluster: Cluster, host: Host) -> BundleReader:
        """Of an Expressway peer."""
        from remediate.drivers.expressway.bundles import ExpresswayBundle  # noqa: PLC0415

        return ExpresswayBundle(cluster, host, self._gate)


class DeviceWriters:
    """Implements `engine.ports.Writers`."""

    def __init__(self, gate: Gate, clock: Clock) -> None:
        self._gate, self._clock = gate, clock

    def writer(self, cluster: Cluster, host: Host) -> Writer:
        """For an Expressway peer or a CUCM publisher."""
        if cluster.role in EXPRESSWAYS:
            from remediate.drivers.expressway.writer import ExpresswayWriter  # noqa: PLC0415

            return ExpresswayWriter(cluster, host, self._gate, self._clock.wait)
        if cluster.role == "cucm":
            from remediate.drivers.cucm.writer import CucmWriter  # noqa: PLC0415

            return CucmWriter(cluster, host, self._gate, self._clock.now)
        raise BugError(f"nothing is ever written on {host.name}, a node of role {host.role}")


def gate(resolve: Resolve) -> Gate:
    """One for a whole command: what a device refused to a reader, no writer tries again."""
    return Gate(resolve)


def readers(passwords: Gate, clock: Clock) -> DeviceReaders:
    """Readers of real devices."""
    return DeviceReaders(passwords, clock)


def writers(passwords: Gate, clock: Clock) -> DeviceWriters:
    """Writers of real devices."""
    return DeviceWriters(passwords, clock)


def bundles(passwords: Gate) -> DeviceBundles:
    """Bundles of real devices."""
    return DeviceBundles(passwords)
