"""Certificates that several ports of UC servers show: what one upload and its restarts change together."""

from __future__ import annotations

from remediate.model.base import Value
from remediate.model.certificate import EncodedCertificate
from remediate.model.observed import ObservedState
from remediate.model.reading import Known
from remediate.tls.describe import describe

Port = tuple[str, str, int]
"""Cluster, node, port."""
Shown = dict[EncodedCertificate, tuple[Port, ...]]


class SharedCertificate(Value):
    """One certificate and the ports that show it. `reuse` names the ports of one node, where several do (14+)."""

    common_name: str
    key: str
    serial: str
    sha256: str
    ports: tuple[Port, ...]
    nodes: tuple[str, ...]
    reuse: tuple[int, ...]


def shown(observed: ObservedState) -> Shown:
    """Every leaf that was seen, and where."""
    found: dict[EncodedCertificate, list[Port]] = {}
    for origin in observed.origins:
        probes = origin.probes.value if isinstance(origin.probes, Known) else ()
        for leaf in dict.fromkeys(probe.chain[0] for probe in probes if probe.chain):
            found.setdefault(leaf, []).append((origin.cluster, origin.host, origin.port))
    return {leaf: tuple(ports) for leaf, ports in found.items()}


def shared_certificates(observed: ObservedState) -> tuple[SharedCertificate, ...]:
    """Those that more than one port shows."""
    return tuple(_shared(leaf, ports) for leaf, ports in shown(observed).items() if len(ports) > 1)


def _shared(leaf: EncodedCertificate, ports: tuple[Port, ...]) -> SharedCertificate:
    what = describe(leaf.der)
    nodes = tuple(dict.fromkeys(node for _, node, _ in ports))
    on_one = tuple(sorted({port for _, node, port in ports if node == nodes[0]}))
    return SharedCertificate(
        common_name=what.common_name,
        key=what.key,
        serial=what.serial,
        sha256=leaf.sha256,
        ports=ports,
        nodes=nodes,
        reuse=on_one if len(on_one) > 1 else (),
    )
