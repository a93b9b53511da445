"""Certificates that several ports of UC servers show, and those that share a CN without being the same."""

from __future__ import annotations

from collections.abc import Iterator

from remediate.model.certificate import EncodedCertificate
from remediate.model.observed import ObservedState
from remediate.model.reading import Known
from remediate.report.sanitize import page
from remediate.tls.describe import describe

Port = tuple[str, str, int]
"""Cluster, node, port."""
Shown = dict[EncodedCertificate, tuple[Port, ...]]
TITLE = "Certificates that several ports show:"
PAIRS = "Self-signed certificates with one CN, on one UC server (only one of each pair can be trusted):"


def shared(observed: ObservedState) -> str:
    """By what the ports showed; empty where each has a certificate of its own."""
    shown = _shown(observed)
    several = {leaf: ports for leaf, ports in shown.items() if len(ports) > 1}
    pairs = tuple(_pairs(shown))
    return page(
        (
            *(
                (TITLE, *(f"  {line}" for leaf, ports in several.items() for line in _told(leaf, ports)))
                if several
                else ()
            ),
            *((PAIRS, *(f"  {line}" for line in pairs)) if pairs else ()),
            *(("",) if several or pairs else ()),
        )
    )


def _shown(observed: ObservedState) -> Shown:
    found: dict[EncodedCertificate, list[Port]] = {}
    for origin in observed.origins:
        probes = origin.probes.value if isinstance(origin.probes, Known) else ()
        for leaf in dict.fromkeys(probe.chain[0] for probe in probes if probe.chain):
            found.setdefault(leaf, []).append((origin.cluster, origin.host, origin.port))
    return {leaf: tuple(ports) for leaf, ports in found.items()}


def _told(leaf: EncodedCertificate, ports: tuple[Port, ...]) -> Iterator[str]:
    """Name, key and serial; the ports; whether it is a multi-server one, reused for another service, or both."""
    hosts = tuple(dict.fromkeys(host for _, host, _ in ports))
    on_one = sorted({port for _, host, port in ports if host == hosts[0]})
    kinds = (
        f"multi-server: one upload and restarts on {len(hosts)} nodes change it" if len(hosts) > 1 else "",
        f"reuse: {' and '.join(map(str, on_one))} show one serial" if len(on_one) > 1 else "",
    )
    what = describe(leaf.der)
    yield f"{what.common_name or 'no CN'}, {what.key}, serial {what.serial}"
    yield f"  {', '.join(f'{host}:{port}' for _, host, port in ports)}"
    yield f"  {'; '.join(kind for kind in kinds if kind)}"


def _pairs(shown: Shown) -> Iterator[str]:
    """Two different self-signed certificates of one node with one CN: only one entry of a trusted CA list can match."""
    by_name: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for leaf, ports in shown.items():
        what = describe(leaf.der)
        for _, host, port in ports if what.self_signed and what.common_name else ():
            by_name.setdefault((host, what.common_name), []).append((port, what.serial))
    for (host, name), held in sorted(by_name.items()):
        if len({serial for _, serial in held}) > 1:
            yield f"{host}: {name}: {', '.join(f'{port} serial {serial}' for port, serial in sorted(held))}"
