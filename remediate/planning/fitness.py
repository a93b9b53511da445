"""Whether a cluster is in a state in which anything may be written to it."""

from __future__ import annotations

from remediate.model.inventory import Cluster, Host
from remediate.model.observed import VERIFY_ORIGIN_SERVER, ObservedState, PeerReading
from remediate.model.reading import Known, Unknown
from remediate.planning.plan import Blocked
from remediate.planning.upgrading import FINISH, mixed


def cluster_unfit(observed: ObservedState, cluster: Cluster, upgrade: str = "") -> Blocked | None:
    """Why nothing may be written to this cluster: an unreadable peer, one that stands in the inventory twice, other
    peers than the inventory's, mixed releases, a broken database.

    Mixed releases break the database too; with the words in `upgrade` neither stops what `during_upgrade` lets through.
    """
    stop = _unread(observed, cluster) or _twice(observed, cluster) or _other_peers(observed, cluster)
    if stop is not None or (upgrade and mixed(observed, cluster)):
        return stop
    return _mixed(observed, cluster) or _broken(observed, cluster)


def _unread(observed: ObservedState, cluster: Cluster) -> Blocked | None:
    for host in cluster.hosts:
        peer = observed.peer(host.name)
        readings = (
            (peer.product, peer.trust, peer.setting(VERIFY_ORIGIN_SERVER)) if peer else (Unknown(why="not read"),)
        )
        unknown = next((r for r in readings if isinstance(r, Unknown)), None)
        if unknown is not None:
            files = f"hand it in as a file: --trust {host.name}=FILE, --xconfig {host.name}=FILE"
            answers = peer is not None and isinstance(peer.product, Known)
            unblock = files if answers else "bring the peer back"
            return _stopped(cluster, host.name, f"peer-unreachable: {unknown.why}", unblock)
    return None


def _twice(observed: ObservedState, cluster: Cluster) -> Blocked | None:
    """One device under two names would be written twice, as if it were two (safety F039)."""
    seen: dict[str, str] = {}
    own = {host.name for host in cluster.hosts}
    for peer in observed.peers:
        serial = peer.product.value.serial if isinstance(peer.product, Known) else ""
        other = seen.setdefault(serial, peer.host) if serial else peer.host
        if other != peer.host and own & {other, peer.host}:
            why = f"{other} and {peer.host} are one device: both have the serial number {serial}"
            return _stopped(cluster, peer.host, why, "take one of the two out of the inventory")
    return None


def _other_peers(observed: ObservedState, cluster: Cluster) -> Blocked | None:
    for peer in _peers(observed, cluster):
        listed = peer.view.value.peers if isinstance(peer.view, Known) else ()
        strange = [name for name in listed if not any(_is(host, name) for host in cluster.hosts)]
        others = [host for host in cluster.hosts if host.name != peer.host]  # not every device lists itself
        missing = [host.name for host in others if not any(_is(host, name) for name in listed)]
        if listed and (strange or missing):
            why = f"{peer.host} says that its cluster is {', '.join(sorted(listed))}"
            here = ", ".join(host.fqdn for host in cluster.hosts)
            return _stopped(cluster, peer.host, f"{why}; the inventory has {here}", "bring the inventory up to date")
        primary = peer.view.value.primary_of(cluster) if isinstance(peer.view, Known) else ""
        if primary and cluster.primary and primary != cluster.primary:
            why = f"{peer.host} says that the configuration primary is {primary}; the inventory has {cluster.primary}"
            return _stopped(cluster, peer.host, why, "bring the inventory up to date")
    return None


def _is(host: Host, name: str) -> bool:
    return name.casefold() in {form.casefold() for form in (host.name, host.fqdn, host.address)}


def _mixed(observed: ObservedState, cluster: Cluster) -> Blocked | None:
    versions = [(p.host, p.product.value.version) for p in _peers(observed, cluster) if isinstance(p.product, Known)]
    if len({version for _, version in versions}) < 2:
        return None
    why = ", ".join(f"{host} runs {version}" for host, version in versions)
    return _stopped(cluster, cluster.name, why, FINISH)


def _broken(observed: ObservedState, cluster: Cluster) -> Blocked | None:
    for peer in _peers(observed, cluster):
        database = peer.view.value.database if isinstance(peer.view, Known) else None
        if database is not None and database.casefold() != "active":
            return _stopped(cluster, peer.host, f"cluster database is {database}", "mend the cluster first")
    return None


def _peers(observed: ObservedState, cluster: Cluster) -> list[PeerReading]:
    return [peer for host in cluster.hosts if (peer := observed.peer(host.name)) is not None]


def _stopped(cluster: Cluster, subject: str, why: str, unblock: str) -> Blocked:
    title = f"every step of {cluster.name}"
    return Blocked(
        cluster=cluster.name, subject=subject, title=title, why=why, unblock=unblock, unknown="unreach" in why
    )
