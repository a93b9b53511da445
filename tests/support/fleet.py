"""A fleet in memory behind the engine's ports: the twins of a rehearsal, with worse devices to order."""

from __future__ import annotations

from datetime import timedelta

from remediate.actions import Action, RestartPeer, SetVerifyOriginServer, UploadCertificates
from remediate.errors import AuthenticationFailed
from remediate.model.certificate import TrustStore
from remediate.model.fact import Field, FieldReading, InService
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import ObservedState, PeerReading
from remediate.model.reading import Known
from remediate.rehearsal.twin import Twin, TwinPeer
from tests.support.doubles import FakeClock


class Fleet(Twin):
    """Twins that also know these faults: `lie` (says OK, changes nothing), `replace` (the upload replaces the list),
    `keep-first` (it keeps its first certificate only), `login-refused`, `bug`, and at a restart `stuck` (back in
    maintenance mode). With `flips_back` the old value of `VerifyOriginServer` returns so many seconds after a write.
    `carried` is what peers say that they carry (`InService`).
    """

    clock: FakeClock

    def __init__(self, truth: ObservedState, clock: FakeClock) -> None:
        super().__init__(truth, clock)
        self.carried: dict[str, tuple[str, ...]] = {}
        self.clock_off = timedelta()
        self.flips_back: float | None = None
        self.writes: list[Action] = []
        self.logins: list[str] = []

    def set_setting(self, host: str, value: str) -> None:
        """Another administrator's edit."""
        cluster = next(p.cluster for p in self.truth.peers if p.host == host)
        self.truth = SetVerifyOriginServer(
            cluster=cluster, host=host, value="On" if value == "On" else "Off", reaches=(host,)
        ).effect(self.truth)

    def listed(self, host: str) -> tuple[str, ...]:
        """SHA-256 of the trusted CA list of one peer now."""
        peer = self.now().peer(host)
        assert peer is not None
        assert isinstance(peer.trust, Known)
        return peer.trust.value.sha256s

    def perform(self, host: str, action: Action) -> None:
        """One write; a login that is refused, and a bug, before anything of it."""
        following = (self.faults.get(host) or [""])[0]
        if following == "login-refused":
            self.answer(host)
            self.faults[host].pop(0)
            self.logins.append(host)
            raise AuthenticationFailed(host, "login refused")
        if following == "bug":
            self.answer(host)
            self.before_write(action)
            raise ZeroDivisionError
        super().perform(host, action)

    def execute(self, action: Action, fault: str) -> None:
        """As the device does it that has this fault."""
        self.writes.append(action)
        if fault == "lie":
            self.now()
        elif isinstance(action, UploadCertificates) and fault in ("replace", "keep-first"):
            self._upload_wrongly(action, fault)
        elif isinstance(action, RestartPeer) and fault == "stuck":
            self.restart(action.host, "On")
        else:
            super().execute(action, fault)
            self._flip(action)

    def _upload_wrongly(self, action: UploadCertificates, fault: str) -> None:
        peer = self.now().peer(action.host)
        assert peer is not None
        assert isinstance(peer.trust, Known)
        kept = TrustStore(pem=b"") if fault == "replace" else peer.trust.value
        added = action.certificates if fault == "replace" else action.certificates[:1]
        self.change_peer(action.host, trust=Known(value=kept.with_added(added)))

    def _flip(self, action: Action) -> None:
        if self.flips_back is not None and isinstance(action, SetVerifyOriginServer):
            back = action.model_copy(update={"value": "On" if action.value == "Off" else "Off"})
            self.schedule(self.flips_back, back.effect)

    def peer(self, cluster: Cluster, host: Host) -> FleetPeer:
        """A reading session."""
        return FleetPeer(self, cluster, host)


class FleetPeer(TwinPeer):
    """One peer's session: counted, and with what the fleet was told of it."""

    twin: Fleet
    open: bool = False

    def use(self) -> None:
        """A login at the first read."""
        if not self.open and not self.closed:
            self.twin.logins.append(self.host.name)
            self.open = True
        super().use()

    def field(self, field: Field) -> FieldReading:
        """Of the truth."""
        self.use()
        if isinstance(field, InService) and field.host in self.twin.carried:
            return Known(value=self.twin.carried[field.host])
        return super().field(field)

    def read(self) -> PeerReading:
        """By a clock that may be off."""
        found = super().read()
        off = self.twin.clock.now() + self.twin.clock_off
        return found.model_copy(update={"clock": Known(value=off)}) if isinstance(found.product, Known) else found
