"""Twins of devices behind the engine's ports: they hold what was read, and change as each action says that it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from remediate.actions import Action, RestartPeer, SetVerifyOriginServer
from remediate.errors import DeviceTimeout, Refused, Unreachable
from remediate.model.fact import Field, FieldReading, read_from
from remediate.model.health import MAINTENANCE
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import (
    VERIFY_ORIGIN_SERVER,
    NodeCertificates,
    ObservedState,
    OriginReading,
    PeerReading,
    UcReading,
)
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import NodeReading
from remediate.rehearsal.clock import TwinClock

Scope = Literal["replicated", "per-peer"]
Change = Callable[[ObservedState], ObservedState]


class Twin:
    """Devices whose truth is one `ObservedState`.

    `faults` maps a host to what happens at its next writes: `refuse`, `lost-before`, `lost-after` (no reply comes,
    before or after the change), or `` for none. `scope` says how far `VerifyOriginServer` reaches; replication takes
    `lag` seconds, and a restart `restart_takes`. `primaries` maps a cluster to the peer that others follow.
    """

    def __init__(self, truth: ObservedState, clock: TwinClock) -> None:
        self.truth, self.clock = truth, clock
        self.faults: dict[str, list[str]] = {}
        self.down: set[str] = set()
        self.scope: Scope = "per-peer"
        self.primaries: dict[str, str] = {}
        self.lag = 5.0
        self.restart_takes = 180.0
        self.before_write: Callable[[Action], None] = lambda _action: None
        self.after_write: Callable[[Action], None] = lambda _action: None
        self._later: list[tuple[float, Change]] = []

    def now(self) -> ObservedState:
        """The truth at this moment, replication included."""
        due = [change for at, change in self._later if at <= self.clock.monotonic()]
        self._later = [(at, change) for at, change in self._later if at > self.clock.monotonic()]
        for change in due:
            self.truth = change(self.truth)
        return self.truth

    def schedule(self, seconds: float, change: Change) -> None:
        """Something happens to the devices later."""
        self._later.append((self.clock.monotonic() + seconds, change))

    def change_peer(self, host: str, **update: object) -> None:
        """Replace readings of one peer."""
        peers = (p.model_copy(update=update) if p.host == host else p for p in self.truth.peers)
        self.truth = self.truth.model_copy(update={"peers": tuple(peers)})

    def setting(self, host: str) -> str | None:
        """`VerifyOriginServer` on one peer now."""
        peer = self.now().peer(host)
        reading = peer.setting(VERIFY_ORIGIN_SERVER) if peer else Unknown(why="no such peer")
        assert isinstance(reading, Known)
        return reading.value

    def perform(self, host: str, action: Action) -> None:
        """One write, with the host's next fault."""
        self.answer(host)
        fault = self.faults[host].pop(0) if self.faults.get(host) else ""
        self.before_write(action)
        if fault == "refuse":
            raise Refused(host, "ERROR: not allowed")
        if fault == "lost-before":
            raise DeviceTimeout(host, "no reply within 30 s")
        self.execute(action, fault)
        self.after_write(action)
        if fault == "lost-after":
            raise DeviceTimeout(host, "no reply within 30 s")

    def answer(self, host: str) -> None:
        """Raises when the host is down."""
        self.now()
        if host in self.down:
            raise Unreachable(host, "connection refused")

    def execute(self, action: Action, fault: str) -> None:  # noqa: ARG002 - what a worse device does is for others
        """Change the truth."""
        before = self.now()
        if isinstance(action, SetVerifyOriginServer):
            self._set(action, before)
        elif isinstance(action, RestartPeer):
            self.restart(action.host, "Off")
        else:
            self.truth = action.effect(before)

    def restart(self, host: str, maintenance: str) -> None:
        """Away for `restart_takes` seconds, then back, in this maintenance mode."""
        peer = self.truth.peer(host)
        assert peer is not None
        assert isinstance(peer.product, Known)
        self.down.add(host)
        back = self.clock.now() + timedelta(seconds=self.restart_takes)
        product = peer.product.value.model_copy(update={"started_at": back})
        settings = (
            *(setting for setting in peer.settings if setting[0] != MAINTENANCE),
            (MAINTENANCE, Known[str | None](value=maintenance)),
        )

        def up(truth: ObservedState) -> ObservedState:
            self.down.discard(host)
            self.truth = truth
            self.change_peer(host, product=Known(value=product), settings=settings)
            return self.truth

        self.schedule(self.restart_takes, up)

    def _set(self, action: SetVerifyOriginServer, before: ObservedState) -> None:
        primary = self.primaries.get(action.cluster, action.host)
        self.truth = action.model_copy(update={"reaches": (action.host,)}).effect(before)
        if self.scope == "replicated":
            everywhere = tuple(p.host for p in before.peers if p.cluster == action.cluster)
            value = action.value if action.host == primary else self.setting(primary)
            spread = action.model_copy(update={"reaches": everywhere, "value": value})
            self.schedule(self.lag, spread.effect)

    # what the engine is handed

    def peer(self, cluster: Cluster, host: Host) -> TwinPeer:
        """A reading session."""
        return TwinPeer(self, cluster, host)

    def uc(self, cluster: Cluster, host: Host) -> TwinPublisher:
        """A reading session with a publisher."""
        return TwinPublisher(self, cluster, host)

    def certificates(self, cluster: Cluster, host: Host) -> TwinCertificates:
        """A reading session with a node's Certificate Management."""
        return TwinCertificates(self, cluster, host)

    def node(self, cluster: Cluster, host: Host) -> TwinNode:
        """A reading session with a UC node."""
        return TwinNode(self, cluster, host)

    def origins(self) -> TwinOrigins:
        """Handshakes."""
        return TwinOrigins(self)

    def writer(self, cluster: Cluster, host: Host) -> TwinWriter:  # noqa: ARG002 - the port's signature
        """A writing session."""
        return TwinWriter(self, host)


@dataclass
class _Session:
    twin: Twin
    cluster: Cluster
    host: Host
    closed: bool = False

    def use(self) -> None:
        """Before each read. Raises when the host is down."""
        assert not self.closed, "a closed session is not used again"
        self.twin.answer(self.host.name)

    def field(self, field: Field) -> FieldReading:
        """Of the truth."""
        self.use()
        return read_from(self.twin.now(), field)

    def close(self) -> None:
        """Once or more."""
        self.closed = True


class TwinPeer(_Session):
    """One peer's session."""

    def read(self) -> PeerReading:
        """The peer, dated now."""
        now = self.twin.clock.now()
        try:
            self.use()
        except Unreachable as error:
            gone = Unknown(why=str(error))
            return PeerReading(
                cluster=self.cluster.name, host=self.host.name, read_at=now, product=gone, trust=gone, view=gone
            )
        peer = self.twin.now().peer(self.host.name)
        assert peer is not None
        return peer.model_copy(update={"read_at": now, "clock": Known(value=now)})

    def lookup(self, names: tuple[str, ...]) -> tuple[tuple[str, Known[tuple[str, ...]] | Unknown], ...]:
        """Of the captured names."""
        self.use()
        known = {n.name: n.addresses for n in self.twin.truth.names if n.peer == self.host.name}
        return tuple((name, known.get(name, Known(value=()))) for name in names)


class TwinPublisher(_Session):
    """A publisher's session."""

    def read(self) -> UcReading:
        """The cluster's reading."""
        self.use()
        return next(uc for uc in self.twin.now().uc if uc.cluster == self.cluster.name)


@dataclass
class TwinOrigins:
    """Captured handshakes."""

    twin: Twin

    def capture(
        self,
        host: Host | None,  # noqa: ARG002 - the port's signature
        target: tuple[str, str, str, int],
        ciphers: tuple[str, ...],  # noqa: ARG002
    ) -> OriginReading:
        """The captured one."""
        _, name, _, port = target
        return next(o for o in self.twin.truth.origins if (o.host, o.port) == (name, port))


class TwinCertificates(_Session):
    """One node's Certificate Management."""

    def read(self) -> NodeCertificates:
        """The captured one."""
        return next(n for n in self.twin.truth.certificates if n.host == self.host.name)


class TwinNode(_Session):
    """One UC node's session."""

    def read(self, *, console: bool, members: bool = False) -> NodeReading:  # noqa: ARG002 - the port's signature
        """The captured one."""
        self.use()
        found = self.twin.now().node(self.host.name)
        return found or NodeReading(cluster=self.cluster.name, host=self.host.name)


@dataclass
class TwinWriter:
    """A writing session."""

    twin: Twin
    host: Host

    def perform(self, action: Action) -> None:
        """On the twin."""
        self.twin.perform(self.host.name, action)

    def close(self) -> None:
        """Nothing to end."""
