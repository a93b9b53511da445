"""What collecting logs does on devices beside the plan that starts and stops them: look, collect, wait, download."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from remediate.engine.fleet import on_each
from remediate.engine.ports import Bundles, Clock, Progress, Readers
from remediate.errors import DeviceTimeout, RemediateError
from remediate.model.fact import FieldReading
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import PeerReading
from remediate.model.reading import Known, Unknown

POLL_SECONDS = 2.0
ARCHIVE_DEADLINE = 900
"""Seconds that a peer may take to make its archive, and again to send it."""

Node = tuple[Cluster, Host]
Keep = Callable[[Host, Callable[[Callable[[bytes], object]], None]], Path]
"""Host, and what sends its bytes → the file."""


@dataclass(frozen=True)
class LogPorts:
    """What collecting logs may touch."""

    readers: Readers
    bundles: Bundles
    clock: Clock
    progress: Progress
    forks: int = 50


@dataclass(frozen=True)
class Fetched:
    """One peer's bundle, or why there is none."""

    cluster: str
    host: str
    file: Path | None
    why: str = ""


def nodes_of(clusters: Sequence[Cluster]) -> tuple[Node, ...]:
    """Every peer of these clusters."""
    return tuple((cluster, host) for cluster in clusters for host in cluster.hosts)


def states(ports: LogPorts, nodes: Sequence[Node]) -> tuple[tuple[Host, FieldReading], ...]:
    """Whether diagnostic logging runs on each of them."""

    def state(node: Node) -> FieldReading:
        with closing(ports.bundles.bundle(*node)) as reader:
            return reader.state()

    found = on_each(state, nodes, ports.forks)
    readings = (Unknown(why=str(one)) if isinstance(one, RemediateError) else one for one in found)
    return tuple((host, reading) for (_, host), reading in zip(nodes, readings, strict=True))


def peers(ports: LogPorts, nodes: Sequence[Node]) -> tuple[PeerReading, ...]:
    """A reading of each, by which the plan knows it again. Raises the first error."""

    def read(node: Node) -> PeerReading:
        ports.progress.event("collect", node[0].name, node[1].name, "reading the peer")
        with closing(ports.readers.peer(*node)) as reader:
            return reader.read()

    found = on_each(read, nodes, ports.forks)
    for one in found:
        if isinstance(one, RemediateError):
            raise one
    return tuple(one for one in found if isinstance(one, PeerReading))


def fetch(ports: LogPorts, nodes: Sequence[Node], keep: Keep) -> tuple[Fetched, ...]:
    """The bundle of each peer; one that gives none does not hold up the others."""

    def one(node: Node) -> Path:
        return _fetched(ports, node, keep)

    found = on_each(one, nodes, ports.forks)
    return tuple(
        Fetched(cluster.name, host.name, None, str(got))
        if isinstance(got, RemediateError)
        else Fetched(cluster.name, host.name, got)
        for (cluster, host), got in zip(nodes, found, strict=True)
    )


def _fetched(ports: LogPorts, node: Node, keep: Keep) -> Path:
    cluster, host = node
    with closing(ports.bundles.bundle(cluster, host)) as reader:
        ports.progress.event("logs", cluster.name, host.name, "making its archive")
        reader.collect()
        end = ports.clock.monotonic() + ARCHIVE_DEADLINE
        while not reader.ready():
            if ports.clock.monotonic() >= end or ports.clock.wait(POLL_SECONDS):
                raise DeviceTimeout(
                    host.name, f"its archive is not ready after {ARCHIVE_DEADLINE} s, or was not waited for"
                )
        ports.progress.event("logs", cluster.name, host.name, "downloading")
        file = keep(host, lambda take: reader.download(take, ARCHIVE_DEADLINE))
        ports.progress.event("logs", cluster.name, host.name, f"{file.name}, {file.stat().st_size:,} bytes")
    return file


def running(found: Sequence[tuple[Host, FieldReading]]) -> tuple[str, ...]:
    """Hosts on which it runs."""
    return tuple(host.name for host, reading in found if reading == Known(value="running"))


def unknown(found: Sequence[tuple[Host, FieldReading]]) -> tuple[str, ...]:
    """Hosts that do not say, and why."""
    return tuple(f"{host.name}: {reading.why}" for host, reading in found if isinstance(reading, Unknown))
