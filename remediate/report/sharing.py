"""Certificates that several ports of UC servers show, so that one upload and its restarts change them together, and
self-signed ones that share a CN without being the same."""

from __future__ import annotations

from collections.abc import Iterator

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
    reused_on: tuple[str, ...]
    """A node may have been left out when it was put in force (TAC 225476 repeats it on the subscriber)."""


class Twin(Value):
    """One of several self-signed certificates of one node with one CN: only one of them can be trusted."""

    common_name: str
    serial: str
    sha256: str
    port: Port


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
    by_node = {node: tuple(sorted(port for _, one, port in ports if one == node)) for node in nodes}
    reused_on = tuple(node for node in nodes if len(by_node[node]) > 1)
    return SharedCertificate(
        common_name=what.common_name,
        key=what.key,
        serial=what.serial,
        sha256=leaf.sha256,
        ports=ports,
        nodes=nodes,
        reuse=by_node[reused_on[0]] if reused_on else (),
        reused_on=reused_on,
    )


def self_signed_twins(observed: ObservedState) -> tuple[tuple[Twin, ...], ...]:
    """By node and CN."""
    by_name: dict[tuple[str, str], list[Twin]] = {}
    for twin in _self_signed(shown(observed)):
        by_name.setdefault((twin.port[1], twin.common_name), []).append(twin)
    held = (sorted(twins, key=lambda twin: (twin.port[2], twin.serial)) for _, twins in sorted(by_name.items()))
    return tuple(tuple(twins) for twins in held if len({twin.sha256 for twin in twins}) > 1)


def _self_signed(leaves: Shown) -> Iterator[Twin]:
    for leaf, ports in leaves.items():
        what = describe(leaf.der)
        for port in ports if what.self_signed and what.common_name else ():
            yield Twin(common_name=what.common_name, serial=what.serial, sha256=leaf.sha256, port=port)
