"""Restarts that are owed, as actions: one peer at a time, the configuration primary last."""

from __future__ import annotations

from remediate.actions import RestartPeer
from remediate.model.inventory import Cluster
from remediate.model.observed import ObservedState
from remediate.model.reading import Known

MOST_DRAIN = 300
"""Seconds that calls get to end by themselves, at most."""


def restarts_owed(observed: ObservedState, cluster: Cluster) -> tuple[RestartPeer, ...]:
    """One per peer whose restart is owed and was not seen since. Peers that cannot be read are left out."""
    owed = {
        o.host: o.since for o in observed.outstanding.obligations if o.kind == "restart" and o.cluster == cluster.name
    }
    drain = min(MOST_DRAIN, cluster.durations.restart_deadline // 3)
    hosts = sorted((host.name for host in cluster.hosts), key=lambda name: (name == cluster.primary, name))
    return tuple(
        RestartPeer(cluster=cluster.name, host=host, drain=drain)
        for host in hosts
        if (peer := observed.peer(host)) is not None
        and host in owed
        and isinstance(peer.product, Known)
        and peer.product.value.started_at <= owed[host]
    )
