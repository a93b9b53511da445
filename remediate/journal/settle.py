"""Which obligations a capture shows to be done."""

from __future__ import annotations

from remediate.actions.refresh_servers import ZONE
from remediate.model.observed import ObservedState, PeerReading
from remediate.model.outstanding import Obligation, Outstanding
from remediate.model.reading import Known
from remediate.model.uc_node import NodeReading


def settled(outstanding: Outstanding, observed: ObservedState) -> tuple[tuple[str, str], ...]:
    """Ids of obligations that were met, each with the evidence in words. An Unknown settles nothing.

    A restart is paid when the peer started after it was owed; a refresh when every peer of the cluster
    shows the zones of the new names; that of a UC service when the node says that it started since.
    """
    found = ((owed.id, _evidence(owed, observed)) for owed in outstanding.obligations)
    return tuple((id_, evidence) for id_, evidence in found if evidence)


def _evidence(owed: Obligation, observed: ObservedState) -> str:
    match owed.kind:
        case "restart":
            return _restarted(owed, observed.peer(owed.host))
        case "refresh-servers":
            return _refreshed(owed, tuple(p for p in observed.peers if p.cluster == owed.cluster))
        case "restart-service":
            return _service_restarted(owed, observed.node(owed.host))
        case "update-ctl":
            return ""


def _restarted(owed: Obligation, peer: PeerReading | None) -> str:
    if peer is None or not isinstance(peer.product, Known):
        return ""
    started = peer.product.value.started_at
    return f"{peer.host} started at {started.isoformat()}" if started > owed.since else ""


def _service_restarted(owed: Obligation, node: NodeReading | None) -> str:
    if node is None or not isinstance(node.services, Known):
        return ""
    service = next((s for s in node.services.value if s.name == owed.what), None)
    if service is None or service.started_at is None or service.started_at <= owed.since:
        return ""
    return f"{owed.what} on {owed.host} started at {service.started_at.isoformat()}"


def _refreshed(owed: Obligation, peers: tuple[PeerReading, ...]) -> str:
    wanted = {(ZONE + name).casefold() for name in owed.names}
    if not peers or not all(_shows(peer, wanted) for peer in peers):
        return ""
    return f"{', '.join(p.host for p in peers)} show {', '.join(ZONE + name for name in owed.names)}"


def _shows(peer: PeerReading, wanted: set[str]) -> bool:
    return isinstance(peer.zones, Known) and wanted <= {zone.casefold() for zone in peer.zones.value}
