"""The diagnostic bundle of one peer: made by the device, then downloaded. Changes no setting."""

from __future__ import annotations

from collections.abc import Callable

from remediate.drivers.credentials import Gate
from remediate.drivers.expressway import diagnostics, rest
from remediate.drivers.http import Https
from remediate.model.fact import FieldReading
from remediate.model.inventory import Cluster, Host


class ExpresswayBundle:
    """Implements `engine.ports.BundleReader`."""

    def __init__(self, cluster: Cluster, host: Host, gate: Gate) -> None:
        self._host = host
        self._https = Https(host, gate, cluster.durations, host.port("https", rest.HTTPS_PORT))

    def state(self) -> FieldReading:
        """Whether diagnostic logging runs here."""
        return diagnostics.state(self._host, self._https)

    def collect(self) -> None:
        """Ask for the archive of this peer."""
        diagnostics.change(self._host, self._https, "collect")

    def ready(self) -> bool:
        """Whether it can be downloaded."""
        return diagnostics.ready(self._host, self._https)

    def download(self, take: Callable[[bytes], object], seconds: int) -> None:
        """Its bytes, piece by piece, within so many seconds."""
        diagnostics.download(self._host, self._https, take, seconds)

    def close(self) -> None:
        """End the session."""
        self._https.close()
