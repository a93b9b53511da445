"""A fleet in memory behind the engine's ports, with faults to order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from remediate.actions import Action, RestartPeer, SetVerifyOriginServer, UploadCertificates
from remediate.errors import AuthenticationFailed, DeviceTimeout, Refused, Unreachable
from remediate.model.certificate import TrustStore
from remediate.model.fact import Field, FieldReading, InService, read_from
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
from tests.support.doubles import FakeClock


class Fleet:
    """Devices whose truth is one `ObservedState`.

    `faults` maps a host to what happens at its next writes, one word each: `refuse`, `lie` (says OK,
    changes nothing), `lost-before`, `lost-after` (the reply is lost before or after the change),
    `replace` (the upload replaces the list), `keep-first` (it keeps its first certificate only),
    `login-refused`, `bug`, or `` for none. `scope` says how far `VerifyOriginServer` reaches; replication
    takes `lag` seconds; with `flips_back` the old value returns so many seconds after a write. `carried` is what
    peers say that they carry (`InService`).
    """

    def __init__(self, truth: ObservedState, clock: FakeClock) -> None:
        self.truth, self.clock = truth, clock
        self.faults: dict[str, list[str]] = {}
        self.down: set[str] = set()
        self.scope = "per-peer"
        self.primaries: dict[str, str] = {}
        self.carried: dict[str, tuple[str, ...]] = {}
        self.lag = 5.0
        self.restart_takes = 180.0
        self.clock_off = timedelta()
        self.flips_back: float | None = None
        self.writes: list[Action] = []
        self.logins: list[str] = []
        self.before_write: Callable[[Action], None] = lambda _action: None
        self.after_write: Callable[[Action], None] = lambda _action: None
        self._later: list[tuple[float, Callable[[ObservedState], ObservedState]]] = []

    def now(self) -> ObservedState:
        """The truth at this moment, replication included."""
        due = [change for at, change in self._later if at <= self.clock.monotonic()]
        self._later = [(at, change) for at, change in self._later if at > self.clock.monotonic()]
        for change in due:
            self.truth = change(self.truth)
        return self.truth

    def schedule(self, seconds: float, change: Callable[[ObservedState], ObservedState]) -> None:
        """Something happens to the fleet later."""
        self._later.append((self.clock.monotonic() + seconds, change))

    def set_setting(self, host: str, value: str) -> None:
        """Another administrator's edit."""
        cluster = next(p.cluster for p in self.truth.peers if p.host == host)
        self.truth = SetVerifyOriginServer(
            cluster=cluster, host=host, value="On" if value == "On" else "Off", reaches=(host,)
        ).effect(self.truth)

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

    def listed(self, host: str) -> tuple[str, ...]:
        """SHA-256 of the trusted CA list of one peer now."""
        peer = self.now().peer(host)
        assert peer is not None
        assert isinstance(peer.trust, Known)
        return peer.trust.value.sha256s

    def perform(self, host: str, action: Action) -> None:
        """One write, with the host's next fault."""
        self.answer(host)
        fault = self.faults[host].pop(0) if self.faults.get(host) else ""
        if fault == "login-refused":
            self.logins.append(host)
            raise AuthenticationFailed(host, "login refused")
        self.before_write(action)
        if fault == "bug":
            raise ZeroDivisionError
        if fault == "refuse":
            raise Refused(host, "ERROR: not allowed")
        if fault == "lost-before":
            raise DeviceTimeout(host, "no reply within 30 s")
        self._execute(action, fault)
        self.after_write(action)
        if fault == "lost-after":
            raise DeviceTimeout(host, "no reply within 30 s")

    def answer(self, host: str) -> None:
        """Raises when the host is down."""
        self.now()
        if host in self.down:
            raise Unreachable(host, "connection refused")

    def _execute(self, action: Action, fault: str) -> None:
        self.writes.append(action)
        before = self.now()
        if fault == "lie":
            return
        if isinstance(action, UploadCertificates) and fault in ("replace", "keep-first"):
            self._upload_wrongly(action, fault)
        elif isinstance(action, SetVerifyOriginServer):
            self._set(action, before)
        elif isinstance(action, RestartPeer):
            self._restart(action.host, fault)
        else:
            self.truth = action.effect(before)

    def _upload_wrongly(self, action: UploadCertificates, fault: str) -> None:
        peer = self.truth.peer(action.host)
        assert peer is not None
        assert isinstance(peer.trust, Known)
        kept = TrustStore(pem=b"") if fault == "replace" else peer.trust.value
        added = action.certificates if fault == "replace" else action.certificates[:1]
        self.change_peer(action.host, trust=Known(value=kept.with_added(added)))

    def _restart(self, host: str, fault: str) -> None:
        """Away for `restart_takes` seconds; with the fault `stuck` it comes back in maintenance mode."""
        peer = self.truth.peer(host)
        assert peer is not None
        assert isinstance(peer.product, Known)
        self.down.add(host)
        mode = (MAINTENANCE, Known[str | None](value="On" if fault == "stuck" else "Off"))
        back = self.clock.now() + timedelta(seconds=self.restart_takes)
        product = peer.product.value.model_copy(update={"started_at": back})
        settings = (*(s for s in peer.settings if s[0] != MAINTENANCE), mode)

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
        if self.flips_back is not None:
            back = action.model_copy(update={"value": "On" if action.value == "Off" else "Off"})
            self.schedule(self.flips_back, back.effect)

    # what the engine is handed

    def peer(self, cluster: Cluster, host: Host) -> FleetPeer:
        """A reading session."""
        return FleetPeer(self, cluster, host)

    def uc(self, cluster: Cluster, host: Host) -> FleetPublisher:
        """A reading session with a publisher."""
        return FleetPublisher(self, cluster, host)

    def certificates(self, cluster: Cluster, host: Host) -> FleetCertificates:
        """A reading session with a node's Certificate Management."""
        return FleetCertificates(self, cluster, host)

    def node(self, cluster: Cluster, host: Host) -> FleetNode:
        """A reading session with a UC node."""
        return FleetNode(self, cluster, host)

    def origins(self) -> FleetOrigins:
        """Handshakes."""
        return FleetOrigins(self)

    def writer(self, cluster: Cluster, host: Host) -> FleetWriter:  # noqa: ARG002 - the port's signature
        """A writing session."""
        return FleetWriter(self, host)


@dataclass
class _Session:
    fleet: Fleet
    cluster: Cluster
    host: Host
    open: bool = False
    closed: bool = False

    def _use(self) -> None:
        assert not self.closed, "a closed session is not used again"
        if not self.open:
            self.fleet.logins.append(self.host.name)
            self.open = True
        self.fleet.answer(self.host.name)

    def field(self, field: Field) -> FieldReading:
        """Of the truth."""
        self._use()
        if isinstance(field, InService) and field.host in self.fleet.carried:
            return Known(value=self.fleet.carried[field.host])
        return read_from(self.fleet.now(), field)

    def close(self) -> None:
        """Once or more."""
        self.closed = True


class FleetPeer(_Session):
    """One peer's session."""

    def read(self) -> PeerReading:
        """The peer, dated now."""
        try:
            self._use()
        except Unreachable as error:
            gone = Unknown(why=str(error))
            read_at = self.fleet.clock.now()
            return PeerReading(
                cluster=self.cluster.name, host=self.host.name, read_at=read_at, product=gone, trust=gone, view=gone
            )
        peer = self.fleet.now().peer(self.host.name)
        assert peer is not None
        now = self.fleet.clock.now()
        return peer.model_copy(update={"read_at": now, "clock": Known(value=now + self.fleet.clock_off)})

    def lookup(self, names: tuple[str, ...]) -> tuple[tuple[str, Known[tuple[str, ...]] | Unknown], ...]:
        """Of the captured names."""
        self._use()
        known = {n.name: n.addresses for n in self.fleet.truth.names if n.peer == self.host.name}
        return tuple((name, known.get(name, Known(value=()))) for name in names)


class FleetPublisher(_Session):
    """A publisher's session."""

    def read(self) -> UcReading:
        """The cluster's reading."""
        self._use()
        return next(uc for uc in self.fleet.now().uc if uc.cluster == self.cluster.name)


@dataclass
class FleetOrigins:
    """Captured handshakes."""

    fleet: Fleet

    def capture(
        self,
        host: Host | None,  # noqa: ARG002 - the port's signature
        target: tuple[str, str, str, int],
        ciphers: tuple[str, ...],  # noqa: ARG002
    ) -> OriginReading:
        """The captured one."""
        _, name, _, port = target
        return next(o for o in self.fleet.truth.origins if (o.host, o.port) == (name, port))


@dataclass
class FleetCertificates(_Session):
    """One node's Certificate Management."""

    def read(self) -> NodeCertificates:
        """The captured one."""
        return next(n for n in self.fleet.truth.certificates if n.host == self.host.name)


class FleetNode(_Session):
    """One UC node's session."""

    def read(self, *, console: bool, members: bool = False) -> NodeReading:  # noqa: ARG002 - the port's signature
        """The captured one."""
        self._use()
        found = self.fleet.now().node(self.host.name)
        return found or NodeReading(cluster=self.cluster.name, host=self.host.name)


@dataclass
class FleetWriter:
    """A writing session."""

    fleet: Fleet
    host: Host

    def perform(self, action: Action) -> None:
        """On the fleet."""
        self.fleet.perform(self.host.name, action)

    def close(self) -> None:
        """Nothing to end."""
