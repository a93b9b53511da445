"""CUCM, IM and Presence and Unity Connection nodes: TLS ports, AXL, UDS, configuration files, CUPI, OS CLI."""

from __future__ import annotations

from pathlib import Path

from remediate.lab.uc import presence
from remediate.lab.uc.axl import Axl
from remediate.lab.uc.contexts import Contexts
from remediate.lab.uc.listeners import Listener
from remediate.lab.uc.origins import Origin
from remediate.lab.uc.oscli import Console
from remediate.lab.uc.processnode import ProcessNodes
from remediate.lab.uc.ssh import Consoles
from remediate.lab.world import World

Door = Listener | Consoles


async def start(world: World, directory: Path) -> list[Door]:
    """Open every port and shell of every UC node; each has an async `close()`.

    `directory` receives keys only while OpenSSL loads them. Changes to the world are served from the
    next connection on. Raises LabError where an address is taken; what was opened is closed again.
    """
    contexts = Contexts(directory)
    opened: list[Door] = []
    try:
        for listener in _listeners(world, contexts):
            await listener.open()
            opened.append(listener)
    except BaseException:
        await close(opened)
        raise
    return opened


async def close(listeners: list[Door]) -> None:
    """Close listeners, last opened first."""
    for listener in reversed(listeners):
        await listener.close()


def _listeners(world: World, contexts: Contexts) -> list[Door]:
    found: list[Door] = []
    for cluster in world.ucs:
        table = ProcessNodes(world, cluster) if cluster.kind == "cucm" else None
        axl = Axl(table) if table else presence.axl(world, cluster)
        for node in cluster.nodes:
            if node.host_key:
                found.append(Consoles(Console(world, cluster, node, table)))
            for binding in node.bindings:
                handler = Origin(world, cluster, node, binding.port, axl).answer
                found.append(Listener(world, node, binding.port, contexts, handler))
    return found
