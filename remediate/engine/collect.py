"""Reads the fleet into one capture: each peer by its own session, the publishers, the origins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from remediate.engine.fleet import on_each
from remediate.engine.ports import Clock, Progress, Readers
from remediate.engine.targets import Node, Scope, Target, scope_of, targets
from remediate.errors import DeviceError, RemediateError
from remediate.model.base import digest
from remediate.model.inventory import Inventory
from remediate.model.observed import (
    UC_CLIENT_CIPHERS,
    VERIFY_ORIGIN_SERVER,
    NameReading,
    NodeCertificates,
    ObservedState,
    OriginReading,
    PeerReading,
    UcReading,
)
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import NodeReading

T = TypeVar("T")
R = TypeVar("R")
ORIGIN_FORKS = 10
"""More threads than this do not make handshakes faster."""


def collect(  # noqa: PLR0913 - what is read, with what, and how
    inventory: Inventory,
    readers: Readers,
    clock: Clock,
    *,
    outstanding: Outstanding,
    clusters: frozenset[str] | None = None,
    forks: int = 50,
    progress: Progress,
) -> ObservedState:
    """Everything of the Expressway clusters named (all when None) and of the UC clusters they serve.

    A device that cannot be read is in the capture as `Unknown`. Raises `InputError` (a secret that is
    not there) and `BugError`.
    """
    taken_at = clock.now()
    work = _Collection(scope_of(inventory, clusters), readers, clock, progress, forks)
    with ThreadPoolExecutor(max_workers=1) as beside:
        reading = beside.submit(work.publishers)
        peers, names = work.peers(reading)
        uc = reading.result()
    certificates = work.certificates()
    nodes = work.nodes(uc)
    origins = work.origins(uc, peers, names)
    return ObservedState(
        taken_at=taken_at,
        inventory_digest=digest(inventory),
        outstanding=outstanding,
        nodes=tuple(sorted(nodes, key=lambda n: (n.cluster, n.host))),
        peers=tuple(sorted(peers, key=lambda p: (p.cluster, p.host))),
        uc=tuple(sorted(uc, key=lambda u: u.cluster)),
        origins=tuple(sorted(origins, key=lambda o: (o.cluster, o.host, o.port, o.address))),
        names=tuple(sorted(names, key=lambda n: (n.peer, n.name))),
        certificates=tuple(sorted(certificates, key=lambda n: (n.cluster, n.host))),
    )


@dataclass(frozen=True)
class _Collection:
    """The steps of one collection."""

    scope: Scope
    readers: Readers
    clock: Clock
    progress: Progress
    forks: int

    def publishers(self) -> tuple[UcReading, ...]:
        """System > Server of every CUCM cluster served."""
        work = self.scope.publishers
        return _valued(work, on_each(self._publisher, work, self.forks), _unread_uc)

    def _publisher(self, one: Node) -> UcReading:
        cluster, host = one
        self.progress.event("collect", cluster.name, host.name, "reading System > Server")
        with closing(self.readers.uc(cluster, host)) as reader:
            return reader.read()

    def peers(self, uc: Future[tuple[UcReading, ...]]) -> tuple[list[PeerReading], list[NameReading]]:
        """Every peer, and what its resolver says of every UC node."""
        work = self.scope.peers
        found = _valued(work, on_each(lambda one: self._peer(one, uc), work, self.forks), self._unread_peer)
        return [peer for peer, _ in found], [name for _, names in found for name in names]

    def _peer(self, one: Node, uc: Future[tuple[UcReading, ...]]) -> tuple[PeerReading, tuple[NameReading, ...]]:
        cluster, host = one
        self.progress.event("collect", cluster.name, host.name, "reading the peer")
        with closing(self.readers.peer(cluster, host)) as reader:
            reading = reader.read()
            names = self.scope.names_for(cluster, uc.result())
            looked = _unreached(names, reading) or reader.lookup(names)
        return reading, tuple(NameReading(peer=host.name, name=name, addresses=found) for name, found in looked)

    def _unread_peer(self, one: Node, why: str) -> tuple[PeerReading, tuple[NameReading, ...]]:
        cluster, host = one
        no = Unknown(why=why)
        reading = PeerReading(
            cluster=cluster.name,
            host=host.name,
            read_at=self.clock.now(),
            product=no,
            trust=no,
            view=no,
            zones=no,
            settings=((UC_CLIENT_CIPHERS, no), (VERIFY_ORIGIN_SERVER, no)),
            alarms=no,
            clock=no,
            upload_by_api=no,
        )
        return reading, ()

    def certificates(self) -> tuple[NodeCertificates, ...]:
        """What every UC node holds and trusts, where the inventory has an account for it."""
        work = self.scope.managed
        return _valued(work, on_each(self._held, work, self.forks), _unread_certificates)

    def _held(self, one: Node) -> NodeCertificates:
        cluster, host = one
        self.progress.event("collect", cluster.name, host.name, "reading its certificates")
        with closing(self.readers.certificates(cluster, host)) as reader:
            return reader.read()

    def nodes(self, uc: tuple[UcReading, ...]) -> tuple[NodeReading, ...]:
        """What UC nodes say of themselves; by their OS command line where a name may have to change."""
        consoles = self.scope.consoles(uc)
        tellers = {host.name for _, host in self.scope.tellers}
        chosen = consoles | tellers
        work = tuple(node for node in self.scope.nodes if node[0].role == "cucm" or node[1].name in chosen)

        def read(one: Node) -> NodeReading:
            cluster, host = one
            self.progress.event("collect", cluster.name, host.name, "reading the node")
            with closing(self.readers.node(cluster, host)) as reader:
                return reader.read(console=host.name in consoles, members=host.name in tellers)

        return _valued(work, on_each(read, work, self.forks), _unread_node)

    def origins(
        self,
        uc: tuple[UcReading, ...],
        peers: list[PeerReading],
        names: list[NameReading],
    ) -> tuple[OriginReading, ...]:
        """What every port of every UC node serves, as seen from here."""
        reader = self.readers.origins()
        work = targets(self.scope, uc, names)

        def capture(one: Target) -> OriginReading:
            cluster, name, address, port = one.place
            if not address:
                return _unread_origin(one, f"no peer resolves {name}", self.clock)
            self.progress.event("collect", cluster, name, f"shaking hands with {address}:{port}")
            return reader.capture(one.host, one.place, self.scope.ciphers_for(cluster, peers))

        found = on_each(capture, work, min(self.forks, ORIGIN_FORKS))
        return _valued(work, found, lambda one, why: _unread_origin(one, why, self.clock))


def _valued(
    work: Sequence[T],
    results: Sequence[R | RemediateError],
    unread: Callable[[T, str], R],
) -> tuple[R, ...]:
    """A device's error becomes a reading that says so; what is not a device's fault is raised."""
    other = next((r for r in results if isinstance(r, RemediateError) and not isinstance(r, DeviceError)), None)
    if other is not None:
        raise other
    pairs = zip(work, results, strict=True)
    return tuple(unread(one, str(r)) if isinstance(r, RemediateError) else r for one, r in pairs)


def _unread_uc(one: Node, why: str) -> UcReading:
    return UcReading(cluster=one[0].name, version=Unknown(why=why), process_nodes=Unknown(why=why))


def _unread_node(one: Node, why: str) -> NodeReading:
    no = Unknown(why=why)
    fields = ("listed", "services", "network", "own_name", "replication", "network_valid", "membership")
    return NodeReading(cluster=one[0].name, host=one[1].name, **dict.fromkeys(fields, no))


def _unread_certificates(one: Node, why: str) -> NodeCertificates:
    no = Unknown(why=why)
    return NodeCertificates(cluster=one[0].name, host=one[1].name, identities=no, trusts=no)


def _unread_origin(one: Target, why: str, clock: Clock) -> OriginReading:
    cluster, name, address, port = one.place
    return OriginReading(
        cluster=cluster,
        host=name,
        address=address,
        port=port,
        seen_from="",
        read_at=clock.now(),
        probes=Unknown(why=why),
    )


def _unreached(
    names: tuple[str, ...],
    reading: PeerReading,
) -> tuple[tuple[str, Known[tuple[str, ...]] | Unknown], ...]:
    """A peer whose shell told nothing is not asked again: its reason stands for every name."""
    shell = [value for _, value in reading.settings] + [reading.zones, reading.alarms]
    silent = [value for value in shell if isinstance(value, Unknown)]
    whys = {value.why for value in silent}
    return tuple((name, silent[0]) for name in names) if len(silent) == len(shell) and len(whys) == 1 else ()
