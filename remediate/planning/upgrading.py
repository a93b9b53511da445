"""What may be written while the peers of a cluster run different releases (the first upgraded peer breaks logins)."""

from __future__ import annotations

from collections.abc import Sequence

from remediate.actions import Action, SetVerifyOriginServer, UploadCertificates
from remediate.model.inventory import Cluster
from remediate.model.observed import ObservedState
from remediate.model.reading import Known
from remediate.planning.plan import Blocked

FINISH = (
    "finish the upgrade first; if logins fail meanwhile: --during-upgrade REASON plans CA uploads, and Off on peers"
    " that run X14.2 already. By hand: Maintenance > Security > Trusted CA certificate on each peer; on an upgraded"
    " peer xConfiguration EdgeConfigServer VerifyOriginServer: Off"
)


def mixed(observed: ObservedState, cluster: Cluster) -> bool:
    """Whether its peers are known to run more than one release."""
    peers = (observed.peer(host.name) for host in cluster.hosts)
    return len({p.product.value.version for p in peers if p is not None and isinstance(p.product, Known)}) > 1


def during_upgrade(cluster: Cluster, actions: Sequence[Action]) -> tuple[tuple[Action, ...], tuple[Blocked, ...]]:
    """Additive uploads and Off go through; every other action waits until all peers run one release."""
    let = tuple(action for action in actions if harmless(action))
    refused = tuple(
        Blocked(
            cluster=cluster.name,
            subject=action.host,
            title=action.title,
            why="its peers run different releases",
            unblock="plan again once all peers run one release",
        )
        for action in actions
        if not harmless(action)
    )
    return let, refused


def harmless(action: Action) -> bool:
    """Whether it may be done between releases: it adds certificates, or ends a verification that just began."""
    return isinstance(action, UploadCertificates) or (
        isinstance(action, SetVerifyOriginServer) and action.value == "Off"
    )
