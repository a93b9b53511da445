"""What a restart of a UC node's service does: names learned, certificates shown, phones that register again."""

from __future__ import annotations

from typing import Literal

from remediate.lab.pki import Request
from remediate.lab.uc_state import CALL_MANAGER, HAPROXY, TFTP, TOMCAT, Identity, UcCluster, UcNode
from remediate.lab.world import World

State = Literal["Started", "Starting", "Stopped"]
SHOWN: dict[str, tuple[str, ...]] = {
    TOMCAT: ("tomcat", "tomcat-ECDSA"),
    HAPROXY: ("tomcat", "tomcat-ECDSA", "CallManager", "CallManager-ECDSA"),
    CALL_MANAGER: ("CallManager", "CallManager-ECDSA"),
    TFTP: ("CallManager", "CallManager-ECDSA"),
}
"""Certificates that a service shows anew after its restart."""


def state_of(world: World, node: UcNode, service: str) -> State:
    """As Control Center tells it; a service that nobody knows there is shown as stopped."""
    if service not in node.started:
        return "Stopped"
    return "Started" if world.now() >= node.started[service] else "Starting"


def restart(world: World, cluster: UcCluster, node: UcNode, service: str) -> None:
    """Restart one service of one node; phones that were registered there register again."""
    now = world.now()
    node.started[service] = now + cluster.switches.service_restart_s
    for name in SHOWN.get(service, ()):
        node.serving.pop(name, None)
    if service == TFTP:
        node.tftp_names = {one.key: one.db_name for one in cluster.nodes}
    if service == CALL_MANAGER:
        node.phones_back = node.started[service] + cluster.switches.phones_return_s
        node.registrations += node.phones
        world.record(host=node.key, connection="phones", verb="phones", text=str(node.phones), result="registered")


def registered(world: World, node: UcNode) -> int:
    """Phones that are registered on this node now."""
    return node.phones if node.alive and world.now() >= node.phones_back else 0


def renamed(world: World, cluster: UcCluster, node: UcNode, name: str) -> None:
    """What a new name under System > Server does beside the row itself, as the switches of its cluster say."""
    if name == node.db_name:
        return
    node.earlier_name, node.renamed_at, node.db_name = node.db_name, world.now(), name
    if cluster.switches.rename_regenerates_certs:
        regenerate(world, cluster, node)
    if node.role == "imp" and cluster.switches.imp_rename_restarts_node:
        node.restarts_until = world.now() + cluster.switches.service_restart_s


def regenerate(world: World, cluster: UcCluster, node: UcNode) -> None:
    """Every certificate of the node becomes a self-signed one with the node's own name (Admin-12.5)."""
    if world.workshop is None:
        return
    for name in tuple(node.certificates):
        elliptic = name.endswith("-ECDSA")
        cn = f"{node.os_hostname}-EC.{node.os_domain}" if elliptic else node.fqdn
        install(cluster, node, name, world.workshop.forge.leaf(Request(cn, (node.fqdn,)), "ec" if elliptic else "rsa"))


def install(cluster: UcCluster, node: UcNode, name: str, made: Identity) -> None:
    """Put a certificate in place of another; whether its service shows it at once is a switch."""
    if cluster.switches.certificate_in_force == "after-restart":
        node.serving.setdefault(name, node.certificates[name])
    node.certificates[name] = made
