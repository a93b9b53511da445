"""Reads one Expressway peer. What cannot be read is an `Unknown` with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from remediate.drivers.credentials import Gate
from remediate.drivers.expressway import answers, diagnostics, rest, wire
from remediate.drivers.expressway.session import FIRST, Habits, Session
from remediate.drivers.expressway.uc_servers import uc_servers
from remediate.drivers.expressway.wire import Reply
from remediate.drivers.handshake import Place, served_chain
from remediate.drivers.http import Https
from remediate.errors import DeviceError
from remediate.model.certificate import Chain
from remediate.model.fact import (
    DiagnosticState,
    Field,
    FieldReading,
    InService,
    Setting,
    TimeSource,
    TrustList,
    Zones,
)
from remediate.model.health import MAINTENANCE, Health, health_of
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import UC_CLIENT_CIPHERS, VERIFY_ORIGIN_SERVER, ClusterView, PeerReading, Product
from remediate.model.reading import Known, Unknown
from remediate.model.uc_server import UC_SERVER_KINDS, UcServers

T = TypeVar("T")

SETTINGS = (UC_CLIENT_CIPHERS, VERIFY_ORIGIN_SERVER)
STATES = ("Alternates", "Cluster", "Zones", "Alarm")
CARRIES = ("ResourceUsage", "CollaborationEdge", "Zones")
READS = (FIRST, *map(wire.status, STATES), wire.branch("Alternates"), *map(wire.leaf, SETTINGS))


@dataclass(frozen=True)
class _Told:
    """What the shell told in one batch."""

    unit: answers.Leaves
    states: dict[str, Reply]
    alternates: Reply
    settings: tuple[tuple[str, Known[str | None] | Unknown], ...]


class ExpresswayReader:
    """Implements `engine.ports.PeerReader`: one SSH session, one HTTPS session, each opened when needed."""

    def __init__(
        self,
        cluster: Cluster,
        host: Host,
        gate: Gate,
        now: Callable[[], datetime],
        habits: Habits | None = None,
    ) -> None:
        self._cluster, self._host, self._now = cluster, host, now
        self._session = Session(host, gate, cluster.durations, habits)
        self._https = Https(host, gate, cluster.durations, host.port("https", rest.HTTPS_PORT))

    def read(self) -> PeerReading:
        """All of the peer; never raises a `DeviceError`."""
        read_at = self._now()
        told = _attempt(self._tell)
        listed = _attempt(lambda: rest.trusted(self._host, self._https))
        clock = _clock(told, listed)
        return PeerReading(
            cluster=self._cluster.name,
            host=self._host.name,
            read_at=read_at,
            product=self._product(told, listed, read_at),
            trust=listed if isinstance(listed, Unknown) else listed.trust,
            upload_by_api=listed if isinstance(listed, Unknown) else listed.by_api,
            uc_servers=self._uc_servers(listed),
            client_chain=_own_chain(self._host, self._cluster.durations.connect_timeout),
            clock=Known(value=clock) if clock else Unknown(why=f"{self._host.name} does not say its time"),
            **_from_shell(told),
        )

    def lookup(self, names: tuple[str, ...]) -> tuple[tuple[str, Known[tuple[str, ...]] | Unknown], ...]:
        """Addresses as this peer's resolver gives them."""
        if not names:
            return ()
        sendable = [name for name in names if not wire.FORBIDDEN.search(name)]
        replies = _attempt(lambda: self._session.ask([wire.lookup(name) for name in sendable], slow=True))
        if isinstance(replies, Unknown):
            return tuple((name, replies) for name in names)
        found = {name: answers.addresses_of(reply) for name, reply in zip(sendable, replies, strict=True)}
        return tuple((name, found.get(name, Unknown(why=f"{name!r} is no name to ask a device for"))) for name in names)

    def field(self, field: Field) -> FieldReading:
        """One field, read now."""
        match field:
            case TrustList():
                listed = _attempt(lambda: rest.trusted(self._host, self._https))
                trust = listed if isinstance(listed, Unknown) else listed.trust
                return Known(value=trust.value.sha256s) if isinstance(trust, Known) else trust
            case Setting(path=path):
                return self._one(wire.leaf(path), lambda reply: _widened(answers.setting_of(reply, path)))
            case DiagnosticState():
                return _attempt(lambda: diagnostics.state(self._host, self._https))
            case Zones():
                return self._one(wire.status("Zones"), lambda reply: _widened(_zones(reply)))
            case Health() | InService() | TimeSource():
                return self._of_the_moment(field)
            case _:
                return Unknown(why=f"{self._host.name} is an Expressway and holds no {field.kind}")

    def close(self) -> None:
        """End both sessions."""
        self._session.close()
        self._https.close()

    def _uc_servers(self, listed: rest.Listed | Unknown) -> UcServers:
        """The entries of an Expressway-C, unless its REST told nothing already."""
        if self._cluster.role != "expressway-c":
            return ()
        if isinstance(listed, Unknown):
            return tuple((kind, listed) for kind in UC_SERVER_KINDS)
        return uc_servers(self._host, self._https)

    def _health(self, field: Health) -> FieldReading:
        """All conditions, of one reading; of the zones those that are up."""
        peer = self.read()
        replies = _attempt(lambda: self._session.ask((wire.leaf(MAINTENANCE), wire.status("Zones"))))
        if isinstance(replies, Unknown):
            return replies
        mode = (MAINTENANCE, answers.setting_of(replies[0], MAINTENANCE))
        up = _filled("Zones", replies[1], answers.zones_up)
        return _widened(health_of(peer.model_copy(update={"settings": (*peer.settings, mode), "zones": up}), field))

    def _of_the_moment(self, field: Health | InService | TimeSource) -> FieldReading:
        """What holds now, and stands as such in no capture."""
        if isinstance(field, Health):
            return self._health(field)
        if isinstance(field, TimeSource):
            return self._one(wire.status("NTP"), answers.time_source)
        replies = _attempt(lambda: self._session.ask(tuple(map(wire.status, CARRIES))))
        return replies if isinstance(replies, Unknown) else Known(value=answers.in_service(*replies))

    def _one(self, command: wire.Command, meaning: Callable[[Reply], FieldReading]) -> FieldReading:
        replies = _attempt(lambda: self._session.ask((command,)))
        return replies if isinstance(replies, Unknown) else meaning(replies[0])

    def _tell(self) -> _Told:
        unit, *rest_of_them = self._session.ask(READS)
        states = dict(zip(STATES, rest_of_them, strict=False))
        values = rest_of_them[len(STATES) + 1 :]
        settings = tuple((path, answers.setting_of(reply, path)) for path, reply in zip(SETTINGS, values, strict=True))
        return _Told(answers.leaves_of(unit), states, rest_of_them[len(STATES)], settings)

    def _product(
        self,
        told: _Told | Unknown,
        listed: rest.Listed | Unknown,
        read_at: datetime,
    ) -> Known[Product] | Unknown:
        if not isinstance(told, Unknown):
            product = answers.product_of(told.unit, _clock(told, listed) or read_at)
            if isinstance(product, Known):
                return product
        page = _attempt(lambda: rest.status(self._host, self._https))
        if isinstance(page, Unknown):
            return told if isinstance(told, Unknown) else page
        return answers.product_of(page[0], page[1] or answers.clock_of(page[0]) or read_at)


def _attempt(work: Callable[[], T]) -> T | Unknown:
    try:
        return work()
    except DeviceError as error:
        return Unknown(why=str(error))


def _clock(told: _Told | Unknown, listed: rest.Listed | Unknown) -> datetime | None:
    """`Date` first: it is UTC by its standard; of `SystemTime` that is not documented."""
    if not isinstance(listed, Unknown) and listed.clock:
        return listed.clock
    return None if isinstance(told, Unknown) else answers.clock_of(told.unit)


def _from_shell(told: _Told | Unknown) -> dict[str, Any]:
    if isinstance(told, Unknown):
        unread = tuple((path, told) for path in SETTINGS)
        return {"settings": unread, "view": told, "zones": told, "alarms": told}
    return {
        "settings": told.settings,
        "view": _view(told),
        "zones": _zones(told.states["Zones"]),
        "alarms": _filled("Alarm", told.states["Alarm"], answers.alarms_of),
    }


def _view(told: _Told) -> Known[ClusterView] | Unknown:
    alternates, cluster = told.states["Alternates"], told.states["Cluster"]
    refused = [name for name in ("Alternates", "Cluster") if told.states[name].verdict != "OK"]
    if len(refused) == 2 and told.alternates.verdict != "OK":
        return Unknown(why="the device answers neither xStatus Alternates nor xStatus Cluster")
    return Known(value=answers.view_of(answers.leaves_of(alternates), answers.leaves_of(cluster), told.alternates))


def _zones(reply: Reply) -> Known[tuple[str, ...]] | Unknown:
    return _filled("Zones", reply, answers.zones_of)


def _filled(
    element: str,
    reply: Reply,
    meaning: Callable[[answers.Leaves], tuple[str, ...]],
) -> Known[tuple[str, ...]] | Unknown:
    if reply.verdict != "OK":
        return Unknown(why=f"the device answered {reply.verdict} to xStatus {element}")
    return Known(value=meaning(answers.leaves_of(reply)))


def _widened(reading: Known[Any] | Unknown) -> FieldReading:
    return Known(value=reading.value) if isinstance(reading, Known) else reading


def _own_chain(host: Host, seconds: float) -> Known[Chain] | Unknown:
    """The chain on its HTTPS port, kept only where the inventory pins the leaf: else anybody may have shown it."""
    place = Place(host.name, host.address, host.port("https", rest.HTTPS_PORT), host.fqdn, seconds)
    try:
        chain = served_chain(place)
    except DeviceError as error:
        return Unknown(why=str(error))
    pinned = {*host.tls_sha256, *(c.sha256 for c in host.tls_certificates)}
    if not chain or chain[0].sha256 not in pinned:
        return Unknown(why=f"the certificate that {host.name} shows is not the pinned one")
    return Known(value=chain)
