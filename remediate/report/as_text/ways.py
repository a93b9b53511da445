"""Which certificate each way to X14.2 would have a port serve, where it holds both kinds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remediate.checks.scene import Scene
from remediate.checks.served import after_upgrade
from remediate.model.desired import DesiredState
from remediate.model.finding import Connection
from remediate.model.observed import ObservedState
from remediate.report.as_text.words import names
from remediate.report.sanitize import page

TITLE = "Ports with an RSA and an ECDSA certificate, as each way to X14.2 would find them (the cipher list decides):"


def ways(desired: DesiredState, observed: ObservedState, connections: Sequence[Connection]) -> str:
    """Connections alike together; empty where no port holds both kinds."""
    scene = Scene(desired, observed, tuple(connections))
    groups: dict[tuple[str, ...], list[Connection]] = {}
    for connection in connections:
        groups.setdefault(after_upgrade(scene, connection), []).append(connection)
    groups.pop((), None)
    return page((TITLE, *(line for told, group in groups.items() for line in _group(told, group)))) if groups else ""


def _group(told: tuple[str, ...], group: Sequence[Connection]) -> Iterator[str]:
    peers = tuple(dict.fromkeys(c.link.peer for c in group))
    servers = tuple(dict.fromkeys(f"{c.link.origin}:{c.link.port}" for c in group))
    yield f"  {names(peers)} → {names(servers, 4)}"
    yield from (f"    {line}" for line in told)
