"""`-u`, `-k` and `-T`: who logs in to Expressway nodes, and how long a connection may take."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from remediate.model.inventory import Cluster, Credentials, Host, Inventory, SecretRef


def with_login(inventory: Inventory, args: Namespace, note: Callable[[str], None]) -> Inventory:
    """The inventory as the command line has it. As with Ansible an account of the inventory leads over `-u`.

    UC nodes have accounts of other realms, which only the inventory names.
    """
    user, ask, seconds = (getattr(args, name, None) for name in ("remote_user", "ask_pass", "timeout"))
    if not (user or ask or seconds):
        return inventory
    nodes = [host for cluster in inventory.clusters if _expressway(cluster) for host in cluster.hosts]
    if user and all(host.credentials for host in nodes):
        note(f"-u {user}: not used, since the inventory names an account for every Expressway node")
    clusters = tuple(_cluster(cluster, user or "", bool(ask), seconds or 0) for cluster in inventory.clusters)
    return Inventory(clusters=clusters, trusted_certificates=inventory.trusted_certificates)


def _expressway(cluster: Cluster) -> bool:
    return cluster.role.startswith("expressway")


def _cluster(cluster: Cluster, user: str, ask: bool, seconds: int) -> Cluster:
    changed: dict[str, object] = {}
    if seconds:
        changed["durations"] = cluster.durations.model_copy(update={"connect_timeout": seconds})
    if _expressway(cluster):
        changed["hosts"] = tuple(_host(host, user, ask) for host in cluster.hosts)
    return cluster.model_copy(update=changed)


def _host(host: Host, user: str, ask: bool) -> Host:
    name = host.credentials.username if host.credentials else user
    if not name or (host.credentials and not ask):
        return host
    typed = Credentials(username=name, password=SecretRef(source="prompt", name=f"Password of {name}"))
    return host.model_copy(update={"credentials": typed})
