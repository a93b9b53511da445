"""IM and Presence's own AXL: another schema than CUCM's, without process nodes (names of operations: AXL 12.5)."""

from __future__ import annotations

from lxml import etree

from remediate.lab.uc.axl import Axl
from remediate.lab.uc.operations import Entry
from remediate.lab.uc.processnode import ProcessNodes
from remediate.lab.uc.soap import Call, Element
from remediate.lab.world import UcCluster, World


def axl(world: World, cluster: UcCluster) -> Axl | None:
    """For an IM and Presence cluster; None for Unity Connection, which has none."""
    return Axl(ProcessNodes(world, cluster), OPERATIONS) if cluster.kind == "imp" else None


def get_cup_version(table: ProcessNodes, _: Call, answer: Element) -> None:
    """`getCUPVersion`."""
    etree.SubElement(answer, "version").text = table.cluster.version


def get_cluster_info(table: ProcessNodes, _: Call, answer: Element) -> None:
    """`getClusterInfo`: the names of both sides as the Sync Agent last brought them; how several names are written is
    not documented."""
    information = etree.SubElement(answer, "ServerInformation")
    beside = [c for e in table.world.expressways if table.cluster.name in e.serves for c in e.serves]
    now, lag_s = table.world.now(), table.cluster.switches.sync_agent_lag_s
    own = [node.name_seen(now, lag_s) for node in table.cluster.nodes]
    cucm = [
        node.name_seen(now, lag_s)
        for uc in table.world.ucs
        if uc.kind == "cucm" and uc.name in beside
        for node in uc.nodes
    ]
    for tag, names in (("cupservernames", own), ("cucmservernames", cucm)):
        if table.cluster.switches.imp_names == "list":
            etree.SubElement(information, tag).text = ",".join(names)
        else:
            for name in names:
                etree.SubElement(information, tag).text = name


OPERATIONS = {"getCUPVersion": Entry(get_cup_version), "getClusterInfo": Entry(get_cluster_info)}
