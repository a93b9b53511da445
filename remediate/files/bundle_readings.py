"""Diagnostic bundles as a capture: what judging may use when no device is in reach."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from remediate.engine.targets import Scope, scope_of, targets
from remediate.evidence.captures import CaptureReader
from remediate.evidence.dumps import ASK_AGAIN, Node, asked_in, kind_of, peer_reading, stands_for
from remediate.evidence.notes import Notes
from remediate.files.archives import Member
from remediate.files.bundles import members
from remediate.files.reading import is_file
from remediate.files.vantage import Vantage
from remediate.model.base import digest
from remediate.model.inventory import Cluster, Host, Inventory
from remediate.model.observed import ObservedState, PeerReading, ProcessNode, UcReading
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Known, Unknown

LARGEST_DUMP = 64 * 1024 * 1024
ZONE = "CEtcp-"


def is_capture(path: Path) -> bool:
    """Whether a file is a capture of our own, which is JSON; else it is read as logs and bundles."""
    if not is_file(path):
        return False
    with path.open("rb") as file:
        return file.read(1) == b"{"


def read_bundles(
    paths: Sequence[str], inventory: Inventory, at: datetime, notes: Notes, outstanding: Outstanding
) -> ObservedState:
    """What the bundles tell of the inventory's peers and of the servers they spoke to. `at`: now.

    Raises CaptureError where a path leads nowhere. What is in no bundle is Unknown, and says what to collect next.
    """
    packets = CaptureReader()
    nodes = tuple(_nodes(members(paths, notes, io.BytesIO), packets))
    scope = scope_of(inventory, None)
    readings, asked = [], set()
    for cluster, host in scope.peers:
        mine = [node for node in nodes if stands_for(host, node)]
        readings.append(_peer(cluster, host, mine, at))
        asked |= {name for node in mine for name, _ in node.asked}
    for node in nodes:
        if node.names and not any(stands_for(host, node) for _, host in scope.peers):
            notes.add(node.place, f"of {', '.join(sorted(node.names))}, which is no peer of the inventory")
    seen = Vantage(inventory, tuple(readings), packets.presented())
    uc = tuple(_names(inventory, scope, cluster, readings, asked) for cluster in scope.served if cluster.role == "cucm")
    return ObservedState(
        taken_at=max((peer.read_at for peer in readings), default=at),
        inventory_digest=digest(inventory),
        peers=tuple(readings),
        uc=uc,
        origins=tuple(seen.origin(target, at) for target in targets(scope, uc, ())),
        outstanding=outstanding,
    )


def _nodes(found: Iterable[Member], packets: CaptureReader) -> Iterator[Node]:
    """One per archive or folder, in the order of first mention; captures of packets go to their reader."""
    nodes: dict[str, Node] = {}
    for member in found:
        kind = kind_of(member.name)
        if kind is None:
            continue
        node = nodes.setdefault(_container(member), Node(_container(member)))
        match kind:
            case "settings" | "status":
                setattr(node, kind, _whole(member).decode("utf-8", "replace"))
            case "trust" | "own":
                setattr(node, kind, _whole(member))
            case "log":
                node.asked |= set(asked_in(member.blocks()))
            case "packets":
                if wrong := packets.read(member.blocks()):
                    member.notes.add(member.place, wrong)
    yield from nodes.values()


def _container(member: Member) -> str:
    """The archive that a member lies in, or the folder of a file."""
    inside = f": {member.name}"
    return member.place.removesuffix(inside) if member.place.endswith(inside) else str(Path(member.place).parent)


def _whole(member: Member) -> bytes:
    data = bytearray()
    for block in member.blocks():
        data += block
        if len(data) > LARGEST_DUMP:
            member.notes.add(member.place, f"more than {LARGEST_DUMP:,} bytes for a dump: read as far as that")
            break
    return bytes(data)


def _peer(cluster: Cluster, host: Host, mine: Sequence[Node], at: datetime) -> PeerReading:
    if mine:
        return peer_reading(cluster, host, mine[-1], at)
    no = Unknown(why=f"no bundle of {host.name} was given: collect-logs takes one of each peer")
    return PeerReading(cluster=cluster.name, host=host.name, read_at=at, product=no, trust=no)


def _names(
    inventory: Inventory, scope: Scope, cucm: Cluster, peers: Sequence[PeerReading], asked: set[str]
) -> UcReading:
    """Names that clients are told, as far as the peers' zones and their clients' requests show them."""
    serving = {c.name for c in scope.expressways if cucm.name in c.serves}
    zones = [z for p in peers if p.cluster in serving and isinstance(p.zones, Known) for z in p.zones.value]
    unity = {h.fqdn.casefold() for c in inventory.of_role("unity-connection") for h in c.hosts}
    known = {zone.removeprefix(ZONE) for zone in zones if zone.startswith(ZONE)}
    seen = sorted(known | {name for name in asked if name.casefold() not in unity})
    version = Unknown(why=f"the release of {cucm.name} is in no Expressway bundle: {ASK_AGAIN}")
    if not seen:
        why = f"neither zones nor requests in the bundles name a server of {cucm.name}: {ASK_AGAIN}"
        return UcReading(cluster=cucm.name, version=version, process_nodes=Unknown(why=why))
    return UcReading(
        cluster=cucm.name,
        version=version,
        process_nodes=Known(value=tuple(ProcessNode(uuid="", name=name) for name in seen)),
    )
