"""AXL in whichever schema version the publisher speaks."""

from __future__ import annotations

from remediate.drivers.credentials import Gate
from remediate.drivers.cucm import wire
from remediate.drivers.http import Https
from remediate.errors import DeviceError, UnsupportedVersion
from remediate.model.inventory import Cluster, Host

AXL_PORT = 8443


class Session:
    """One publisher: one HTTPS session, AXL opened at the first call."""

    def __init__(self, cluster: Cluster, host: Host, gate: Gate) -> None:
        self.host = host
        self.https = Https(host, gate, cluster.durations, host.port("https", AXL_PORT))
        self._axl: wire.Axl | None = None

    def axl(self) -> wire.Axl:
        """AXL in the schema of the product that UDS names, else in the first that is answered."""
        if self._axl is None:
            self._axl = self._found()
        return self._axl

    def close(self) -> None:
        """End the session."""
        self.https.close()

    def _found(self) -> wire.Axl:
        refusal: UnsupportedVersion | None = None
        for version in wire.schemas_for(self._product()):
            axl = wire.Axl(self.host, self.https, version)
            try:
                axl.version()
            except UnsupportedVersion as error:
                refusal = error
            else:
                return axl
        raise refusal or UnsupportedVersion(self.host.name, "no AXL schema version to try")

    def _product(self) -> str:
        try:
            return wire.uds_version(self.host, self.https)
        except DeviceError:
            return ""
