"""Certificates that several ports of UC servers show, and those that share a CN without being the same."""

from __future__ import annotations

from collections.abc import Iterator

from remediate.model.observed import ObservedState
from remediate.report.sanitize import page
from remediate.report.sharing import SharedCertificate, Shown, shared_certificates, shown
from remediate.tls.describe import describe

TITLE = "Certificates that several ports show:"
PAIRS = "Self-signed certificates with one CN, on one UC server (only one of each pair can be trusted):"


def shared(observed: ObservedState) -> str:
    """By what the ports showed; empty where each has a certificate of its own."""
    several = shared_certificates(observed)
    pairs = tuple(_pairs(shown(observed)))
    return page(
        (
            *((TITLE, *(f"  {line}" for one in several for line in _told(one))) if several else ()),
            *((PAIRS, *(f"  {line}" for line in pairs)) if pairs else ()),
            *(("",) if several or pairs else ()),
        )
    )


def _told(one: SharedCertificate) -> Iterator[str]:
    """Name, key and serial; the ports; whether it is a multi-server one, reused for another service, or both."""
    kinds = (
        f"multi-server: one upload and restarts on {len(one.nodes)} nodes change it" if len(one.nodes) > 1 else "",
        f"reuse: {' and '.join(map(str, one.reuse))} show one serial" if one.reuse else "",
    )
    yield f"{one.common_name or 'no CN'}, {one.key}, serial {one.serial}"
    yield f"  {', '.join(f'{host}:{port}' for _, host, port in one.ports)}"
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
