"""What "Refresh servers" does: the allow list and the CE zones follow the UC nodes' names."""

from __future__ import annotations

from remediate.lab.world import ExpresswayCluster, UcCluster, UcNode, World

PATHS = {
    "cucm": (":8443/cucm-uds/", ":6972/"),
    "imp": (":8443/",),
    "cuc": (":8443/",),
}


def learn_names(world: World, cluster: ExpresswayCluster) -> None:
    """Rebuild the generated rules and the `CEtcp-` zones; rules added by hand stay."""
    nodes = [node for uc in served(world, cluster) for node in uc.nodes]
    cluster.allow_list = set(cluster.editable_rules) | {rule for node in nodes for rule in rules(node)}
    others = [zone for zone in cluster.zones if not zone.startswith("CEtcp-")]
    cluster.zones = others + [f"CEtcp-{node.db_name}" for node in nodes if node.role == "cucm"]


def served(world: World, cluster: ExpresswayCluster) -> list[UcCluster]:
    """The UC clusters that an Expressway-C cluster knows."""
    return [uc for uc in world.ucs if uc.name in cluster.serves]


def rules(node: UcNode) -> list[str]:
    """A node's generated inbound rules, by the name its database holds now."""
    return [f"https://{node.db_name}{path}" for path in PATHS[node.role]]
