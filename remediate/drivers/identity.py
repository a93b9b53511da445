"""What a device shows of itself before any credential leaves: SSH host keys and certificates, unverified.

Only to be compared with a fingerprint that a person typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from remediate.drivers.fingerprints import fingerprint_of
from remediate.drivers.handshake import Place, served_leaves
from remediate.drivers.shell import shown_host_keys
from remediate.errors import DeviceError
from remediate.model.inventory import Cluster, Host

HTTPS_PORTS = {"expressway-c": 443, "expressway-e": 443}
UC_HTTPS_PORT = 8443


@dataclass(frozen=True)
class Shown:
    """One identity: `pin` is `TYPE BASE64` of a host key, or the hex SHA-256 of a certificate."""

    kind: Literal["ssh", "tls"]
    pin: str
    fingerprint: str


@dataclass(frozen=True)
class Face:
    """All that a device showed, and which doors did not open."""

    shown: tuple[Shown, ...]
    closed: tuple[str, ...]

    def pins(self, kind: str) -> tuple[str, ...]:
        """Pins of one kind, in the order shown."""
        return tuple(one.pin for one in self.shown if one.kind == kind)


def face_of(cluster: Cluster, host: Host) -> Face:
    """Connect to each port that bears an identity, send nothing, and look."""
    shown: list[Shown] = []
    closed: list[str] = []
    for look in (_certificates, _host_keys):
        try:
            shown += look(cluster, host)
        except DeviceError as error:
            closed.append(str(error))
    return Face(tuple(shown), tuple(closed))


def _host_keys(cluster: Cluster, host: Host) -> list[Shown]:
    """UC nodes are spoken to over HTTPS alone."""
    if not cluster.role.startswith("expressway"):
        return []
    keys = shown_host_keys(host, cluster.durations)
    return [Shown("ssh", f"{kind} {body}", fingerprint) for kind, body, fingerprint in keys]


def _certificates(cluster: Cluster, host: Host) -> list[Shown]:
    port = host.port("https", HTTPS_PORTS.get(cluster.role, UC_HTTPS_PORT))
    place = Place(host.name, host.address, port, host.fqdn, cluster.durations.connect_timeout)
    return [Shown("tls", leaf.sha256, fingerprint_of(leaf.der)) for leaf in served_leaves(place)]
