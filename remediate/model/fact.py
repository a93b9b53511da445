"""What a step expects before and confirms after: one field of one device and a value for it."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import Field as Discriminated

from remediate.model.base import Value
from remediate.model.health import Health, health_of
from remediate.model.observed import ObservedState
from remediate.model.reading import Known, Unknown

FieldValue = str | tuple[str, ...] | None
"""Text, an ordered list of texts, or None where the device has no such thing."""

FieldReading = Known[FieldValue] | Unknown


class TrustList(Value):
    """SHA-256 of the entries of a peer's trusted CA list, in order."""

    kind: Literal["trust-list"] = "trust-list"
    host: str


class Setting(Value):
    """An xConfiguration value on one peer."""

    kind: Literal["setting"] = "setting"
    host: str
    path: str


class ServerName(Value):
    """A name under CUCM *System > Server*, read on the publisher `host`."""

    kind: Literal["server-name"] = "server-name"
    host: str
    cluster: str
    uuid: str


class Zones(Value):
    """Names of a peer's zones."""

    kind: Literal["zones"] = "zones"
    host: str


class DiagnosticState(Value):
    """Whether diagnostic logging runs on one peer: `running` or `stopped`. Part of no capture."""

    kind: Literal["diagnostic-state"] = "diagnostic-state"
    host: str


class InService(Value):
    """What the peer `host` carries at a moment, one entry each: `calls N` and `sessions N` (of MRA) where it tells
    them, `mra STATE` and `zone NAME` where they are up. Part of no capture."""

    kind: Literal["in-service"] = "in-service"
    host: str


class TimeSource(Value):
    """How a peer's own NTP stands, in its words: `Active`, or `Failed: why`. Part of no capture."""

    kind: Literal["time-source"] = "time-source"
    host: str


class ListedNames(Value):
    """Names of the CUCM servers as the node `host` gives them to clients (UDS)."""

    kind: Literal["listed-names"] = "listed-names"
    host: str


class ServiceStart(Value):
    """When a UC service last started, in the node's own words; None while it does not run."""

    kind: Literal["service-start"] = "service-start"
    host: str
    service: str


class Registrations(Value):
    """How many phones are registered in the cluster of the publisher `host`."""

    kind: Literal["registrations"] = "registrations"
    host: str


Field = Annotated[
    TrustList
    | Setting
    | ServerName
    | Zones
    | ListedNames
    | ServiceStart
    | Registrations
    | Health
    | DiagnosticState
    | InService
    | TimeSource,
    Discriminated(discriminator="kind"),
]


class Fact(Value):
    """`is`: equal, settings without regard to case. `holds`: all of these among them.
    `digest`: the ordered list hashes to this (`list_digest`). `exists`: there is a value. `differs`: there is one,
    and another than this. `at-least`: a number, not below this one."""

    field: Field
    relation: Literal["is", "holds", "digest", "exists", "differs", "at-least"]
    value: FieldValue

    def met_by(self, reading: FieldReading) -> bool:
        """Never met by an Unknown."""
        return isinstance(reading, Known) and _meets(self, reading.value)


def _meets(fact: Fact, value: FieldValue) -> bool:
    match fact.relation:
        case "is":
            same_case = isinstance(value, str) and isinstance(fact.value, str)
            return value.casefold() == fact.value.casefold() if same_case else value == fact.value  # type: ignore[union-attr]
        case "exists":
            return bool(value)
        case "differs":
            return bool(value) and value != fact.value
        case "at-least":
            return isinstance(value, str) and isinstance(fact.value, str) and int(value) >= int(fact.value)
    return _holds(fact, value)


def _holds(fact: Fact, value: FieldValue) -> bool:
    entries = value if isinstance(value, tuple) else ()
    if fact.relation == "digest":
        return isinstance(value, tuple) and list_digest(entries) == fact.value
    wanted = fact.value if isinstance(fact.value, tuple) else ()
    return set(wanted) <= set(entries)


def list_digest(entries: tuple[str, ...]) -> str:
    """SHA-256 over the lines; equals `TrustStore.digest` for its SHA-256s."""
    return hashlib.sha256("\n".join(entries).encode()).hexdigest()


_PASSING = {
    "diagnostic-state": "diagnostic logging of {}",
    "in-service": "what {} carries",
    "time-source": "the time source of {}",
}


def read_from(observed: ObservedState, field: Field) -> FieldReading:
    """The same field in a capture."""
    match field:
        case ServerName():
            return _server_name(observed, field)
        case ListedNames() | ServiceStart():
            return _of_node(observed, field)
        case Registrations():
            return _registrations(observed, field)
        case DiagnosticState() | InService() | TimeSource():
            return Unknown(why=f"{_PASSING[field.kind].format(field.host)} is part of no capture")
    return _of_peer(observed, field)


def _of_peer(observed: ObservedState, field: TrustList | Setting | Zones | Health) -> FieldReading:
    peer = observed.peer(field.host)
    if peer is None:
        return Unknown(why=f"{field.host} was not read")
    match field:
        case TrustList():
            return Known(value=peer.trust.value.sha256s) if isinstance(peer.trust, Known) else peer.trust
        case Setting():
            reading = peer.setting(field.path)
            return Known(value=reading.value) if isinstance(reading, Known) else reading
        case Zones():
            return Known(value=peer.zones.value) if isinstance(peer.zones, Known) else peer.zones
        case Health():
            found = health_of(peer, field)
            return Known(value=found.value) if isinstance(found, Known) else found


def _server_name(observed: ObservedState, field: ServerName) -> FieldReading:
    reading = next((u.process_nodes for u in observed.uc if u.cluster == field.cluster), None)
    if reading is None:
        return Unknown(why=f"{field.cluster} was not read")
    if isinstance(reading, Unknown):
        return reading
    return Known(value=next((n.name for n in reading.value if n.uuid == field.uuid), None))


def _of_node(observed: ObservedState, field: ListedNames | ServiceStart) -> FieldReading:
    node = observed.node(field.host)
    if node is None:
        return Unknown(why=f"{field.host} was not read")
    if isinstance(field, ListedNames):
        return Known(value=node.listed.value) if isinstance(node.listed, Known) else node.listed
    if isinstance(node.services, Unknown):
        return node.services
    running = (s.since for s in node.services.value if s.name == field.service and s.status == "Started")
    return Known(value=next(running, None))


def _registrations(observed: ObservedState, field: Registrations) -> FieldReading:
    """The publisher's own cluster, by its node reading."""
    node = observed.node(field.host)
    reading = next((u.registered for u in observed.uc if node is not None and u.cluster == node.cluster), None)
    if reading is None or isinstance(reading, Unknown):
        return reading or Unknown(why=f"registrations were not read on {field.host}")
    return Known(value=str(sum(count for _, count in reading.value)))
