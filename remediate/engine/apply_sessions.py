"""Reading sessions of one lane: one per device, thrown away after any failure."""

from __future__ import annotations

from remediate.engine.ports import PeerReader, Readers, UcReader
from remediate.errors import AuthenticationFailed, DeviceError, IdentityNotTrusted
from remediate.model.fact import Fact, Field, FieldReading, ServerName
from remediate.model.inventory import Inventory
from remediate.model.observed import PeerReading, UcReading
from remediate.model.reading import Unknown


class Sessions:
    """A device that refused our credentials or is not the pinned one is not asked again (I31, I33)."""

    def __init__(self, inventory: Inventory, readers: Readers) -> None:
        self._inventory = inventory
        self._readers = readers
        self._peers: dict[str, PeerReader] = {}
        self._publishers: dict[str, UcReader] = {}
        self._barred: dict[str, str] = {}

    def field(self, field: Field) -> FieldReading:
        """Read one field now; a failure is an Unknown."""
        if field.host in self._barred:
            return Unknown(why=self._barred[field.host])
        try:
            reader = self._publisher(field.host) if isinstance(field, ServerName) else self._peer(field.host)
            reading = reader.field(field)
        except DeviceError as error:
            reading = self._failed(field.host, error)
        if isinstance(reading, Unknown):
            self._drop(field.host)
        return reading

    def peer(self, host: str) -> PeerReading | Unknown:
        """Everything of one Expressway peer."""
        if host in self._barred:
            return Unknown(why=self._barred[host])
        try:
            return self._peer(host).read()
        except DeviceError as error:
            return self._failed(host, error)

    def publisher(self, host: str) -> UcReading | Unknown:
        """Everything of one CUCM publisher."""
        if host in self._barred:
            return Unknown(why=self._barred[host])
        try:
            return self._publisher(host).read()
        except DeviceError as error:
            return self._failed(host, error)

    def all_met(self, facts: tuple[Fact, ...]) -> bool:
        """Whether every fact holds now."""
        return all(fact.met_by(self.field(fact.field)) for fact in facts)

    def renew(self) -> None:
        """End every session: what is read next is read on new ones."""
        for host in (*self._peers, *self._publishers):
            self._drop(host)

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
        return Unknown(why=str(error))

    def _drop(self, host: str) -> None:
        for reader in (self._peers.pop(host, None), self._publishers.pop(host, None)):
            if reader is not None:
                _close(reader)


def _close(reader: PeerReader | UcReader) -> None:
    try:
        reader.close()
    except DeviceError:
        return  # the session is given up either way
