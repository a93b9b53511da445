"""What a peer says about itself: the trees behind `xStatus`, `/status.xml` and the REST status pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from remediate.lab.expressway.tree import Tree
from remediate.lab.world import ExpresswayCluster, Peer, World

View = tuple[World, ExpresswayCluster, Peer]


def uptime(view: View) -> int:
    """Seconds since the peer's application started."""
    world, _, peer = view
    return int(world.now() - peer.started_at)


def system_unit(view: View) -> Tree:
    """Product, version, uptime, serial; shape of status.xml on X8.11.3 (py-expressway)."""
    world, cluster, peer = view
    version = cluster.release_of(peer)
    return {
        "Product": "TANDBERG VCS",
        "Uptime": str(uptime(view)),
        "SystemTime": datetime.fromtimestamp(world.now(), UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "TimeZone": "UTC",
        "Software": {
            "Version": version,
            "Build": f"oak_v{version.lstrip('X')}_rc_1",
            "Name": "s42700",
            "ReleaseDate": "2023-02-07",
            "Configuration": {"ExpresswaySeries": "True"},
        },
        "Hardware": {"Version": "VMware", "SerialNumber": peer.serial},
        "MaintenanceMode": "On" if peer.maintenance else "Off",
    }


def alternates(view: View) -> Tree:
    """The cluster's peers as this one sees them; nothing where it stands alone."""
    _, cluster, peer = view
    if len(cluster.peers) == 1:
        return {}
    peers: dict[str, Tree] = {}
    for other in cluster.peers:
        state: dict[str, str] = {"Address": other.fqdn, "Status": "Active" if joined(view, other) else "Failed"}
        if other is peer:
            state["Local"] = "True"
        elif not other.alive:
            state["Cause"] = "Connect failed"
        elif not joined(view, other):
            state["Cause"] = "Software version mismatch"
        peers[f"Peer {other.index}"] = state
    return {"ConfigurationPrimary": str(cluster.primary), **peers}


def joined(view: View, other: Peer) -> bool:
    """Whether another peer shares this one's database: it is up and of the same release."""
    _, cluster, peer = view
    return other.alive and cluster.release_of(other) == cluster.release_of(peer)


def cluster_state(view: View) -> Tree:
    """Name, primary, and whether the cluster database is active."""
    _, cluster, peer = view
    active = len(cluster.peers) == 1 or all(joined(view, other) for other in cluster.peers)
    return {
        "Name": peer.settings["Alternates Cluster Name"],
        "ConfigurationPrimary": str(cluster.primary),
        "Database": {"Status": "Active" if active else "Failed", "Peers": str(len(cluster.peers))},
    }


def zones(view: View) -> Tree:
    """Every zone; a generated CE zone reads `Address Resolvable` from X14.0.2 (CSCup29823)."""
    _, cluster, _ = view
    return {
        f"Zone {index}": {
            "Name": name,
            "Status": "Address Resolvable" if name.startswith("CE") else "Active",
        }
        for index, name in enumerate(cluster.zones, 1)
    }


def alarms(view: View) -> Tree:
    """The raised alarms in order."""
    return {
        f"Alarm {index}": {"ID": code, "Description": text, "State": "Raised"}
        for index, (code, text) in enumerate(view[2].alarms, 1)
    }


def resource_usage(view: View) -> Tree:
    """Calls, as a hand set them, and registrations, of which the lab has none."""
    return {
        "Calls": {"Traversal": {"Current": str(view[2].calls)}, "NonTraversal": {"Current": "0"}},
        "Registrations": {"Current": "0"},
    }


def collaboration_edge(view: View) -> Tree:
    """Whether MRA works at all on this peer."""
    world, cluster, peer = view
    state = "Inactive" if cluster.refreshing or world.trips("mra-down", peer.name) else "Active"
    sessions = str(peer.sessions)
    return {"Status": state, "Enabled": peer.settings["CollaborationEdge Enabled"], "Sessions": sessions}


def ntp(view: View) -> Tree:
    """How the time source stands; layout as VCS printed it, which no text gives for Expressway."""
    state = view[1].switches.ntp
    cause = {"Cause": "No response from NTP server"} if state == "Failed" else {}
    return {"Status": state, **cause, "Address": "192.0.2.123", "Port": "123"}


ELEMENTS: dict[str, Callable[[View], Tree]] = {
    "SystemUnit": system_unit,
    "Alternates": alternates,
    "Cluster": cluster_state,
    "Zones": zones,
    "Alarm": alarms,
    "ResourceUsage": resource_usage,
    "CollaborationEdge": collaboration_edge,
    "NTP": ntp,
}
