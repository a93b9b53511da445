"""Reading sessions of one lane: one per device, thrown away after any failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from remediate.engine.ports import NodeReader, PeerReader, Readers, UcReader
from remediate.errors import AuthenticationFailed, DeviceError, IdentityNotTrusted
from remediate.model.fact import Fact, Field, FieldReading, ListedNames, Registrations, ServerName, ServiceStart
from remediate.model.inventory import Inventory
from remediate.model.observed import PeerReading, UcReading
from remediate.model.reading import Unknown

T = TypeVar("T")
CUT = "not read: the run was interrupted"


class Sessions:
    """A device that refused our credentials or is not the pinned one is not asked again (I31, I33).

    A session may die while it waits for its next use, so a read that fails on a used session is tried
    once more on a new one; a read that fails on a new session has failed.
    """

    def __init__(self, inventory: Inventory, readers: Readers, refused: Callable[[str], None]) -> None:
        self._inventory = inventory
        self._readers = readers
        self._tell_refused = refused
        self._peers: dict[str, PeerReader] = {}
        self._publishers: dict[str, UcReader] = {}
        self._nodes: dict[str, NodeReader] = {}
        self._barred: dict[str, str] = {}
        self._cut = False

    def field(self, field: Field) -> FieldReading:
        """Read one field now; a failure is an Unknown."""

        def read() -> FieldReading:
            return self._reader_of(field).field(field)

        return self._tried(field.host, read, lambda reading: isinstance(reading, Unknown))

    def peer(self, host: str) -> PeerReading | Unknown:
        """Everything of one Expressway peer."""
        return self._tried(host, lambda: self._peer(host).read(), lambda peer: isinstance(peer.product, Unknown))

    def publisher(self, host: str) -> UcReading | Unknown:
        """Everything of one CUCM publisher."""
        return self._tried(host, lambda: self._publisher(host).read(), lambda uc: isinstance(uc.version, Unknown))

    def all_met(self, facts: tuple[Fact, ...]) -> bool:
        """Whether every fact holds now."""
        return all(fact.met_by(self.field(fact.field)) for fact in facts)

    def cut(self) -> None:
        """From another thread: end every session, a reading under way with it, and begin no other."""
        self._cut = True
        readers: tuple[PeerReader | UcReader | NodeReader, ...]
        readers = (*self._peers.values(), *self._publishers.values(), *self._nodes.values())
        for reader in readers:
            _close(reader)

    def renew(self, hosts: Iterable[str] | None = None) -> None:
        """End the sessions with these hosts, or all: what is read next is read on new ones."""
        for host in tuple((*self._peers, *self._publishers, *self._nodes) if hosts is None else hosts):
            self._drop(host)

    def _tried(self, host: str, read: Callable[[], T], failed: Callable[[T], bool]) -> T | Unknown:
        used = any(host in held for held in (self._peers, self._publishers, self._nodes))
        reading = self._once(host, read, failed)
        if self._cut and (isinstance(reading, Unknown) or failed(reading)):
            return Unknown(why=CUT)
        if used and (isinstance(reading, Unknown) or failed(reading)):
            reading = self._once(host, read, failed)
        return reading

    def _once(self, host: str, read: Callable[[], T], failed: Callable[[T], bool]) -> T | Unknown:
        if self._cut:
            return Unknown(why=CUT)
        if host in self._barred:
            return Unknown(why=self._barred[host])
        try:
            reading = read()
        except DeviceError as error:
            return self._failed(host, error)
        if failed(reading):
            self._drop(host)
        return reading

    def _reader_of(self, field: Field) -> PeerReader | UcReader | NodeReader:
        match field:
            case ServerName() | Registrations():
                return self._publisher(field.host)
            case ListedNames() | ServiceStart():
                return self._node(field.host)
        return self._peer(field.host)

    def _node(self, host: str) -> NodeReader:
        if host not in self._nodes:
            known = self._inventory.host(host)
            self._nodes[host] = self._readers.node(self._inventory.cluster(known.cluster), known)
        return self._nodes[host]

    def _peer(self, host: str) -> PeerReader:
        if host not in self._peers:
            known = self._inventory.host(host)
            self._peers[host] = self._readers.peer(self._inventory.cluster(known.cluster), known)
        return self._peers[host]

    def _publisher(self, host: str) -> UcReader:
        if host not in self._publishers:
            known = self._inventory.host(host)
            self._publishers[host] = self._readers.uc(self._inventory.cluster(known.cluster), known)
        return self._publishers[host]

    def _failed(self, host: str, error: DeviceError) -> Unknown:
        self._drop(host)
        if isinstance(error, AuthenticationFailed | IdentityNotTrusted):
            self._barred[host] = str(error)
        if isinstance(error, AuthenticationFailed):
            self._tell_refused(f"{error}: no further login is tried")
        return Unknown(why=str(error))

    def _drop(self, host: str) -> None:
        for reader in (held.pop(host, None) for held in (self._peers, self._publishers, self._nodes)):
            if reader is not None:
                _close(reader)


def _close(reader: PeerReader | UcReader | NodeReader) -> None:
    try:
        reader.close()
    except DeviceError:
        return  # the session is given up either way
