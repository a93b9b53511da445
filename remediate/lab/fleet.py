"""The running fleet: every listener of a world, and what a hand may do to it."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

from remediate.lab.errors import LabError
from remediate.lab.expressway.desk import Desk
from remediate.lab.expressway.life import Life
from remediate.lab.expressway.shell import Shells
from remediate.lab.expressway.web import Web
from remediate.lab.world import ExpresswayCluster, Peer, UcNode, World


class Closable(Protocol):
    """What another part of the lab gives back for what it opened."""

    def close(self) -> Awaitable[None] | None:
        """Close it."""


@dataclass(frozen=True)
class Doors:
    """The two listeners of a peer."""

    shells: Shells
    web: Web

    async def open(self) -> None:
        """Listen on both."""
        await self.shells.open()
        await self.web.open()

    async def close(self) -> None:
        """Close both and cut what is connected."""
        await self.shells.close()
        await self.web.close()


class Fleet:
    """Starts, stops and finds the hosts of one world."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world = world
        self.directory = directory
        self.lives = {cluster.name: Life(world, cluster, self._changed) for cluster in world.expressways}
        self._doors: dict[str, Doors] = {}
        self._others: list[Closable] = []
        self._traffic: ModuleType | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open every listener of the fleet; what was opened is closed again where one fails."""
        try:
            await self._start()
        except OSError as error:
            await self.stop()
            raise LabError(f"a listener cannot open: {error.strerror or error}") from error

    async def _start(self) -> None:
        for cluster in self.world.expressways:
            life = self.lives[cluster.name]
            life.open_doors, life.close_doors = self._open, self._close
            for peer in cluster.peers:
                self._doors[peer.name] = self._doors_of(life, peer)
                await self._open(peer)
        keys = self.directory / "keys"
        keys.mkdir(mode=0o700, exist_ok=True)
        self._others += await importlib.import_module("remediate.lab.uc").start(self.world, keys)
        traffic = importlib.import_module("remediate.lab.traffic")
        self._others += await traffic.start(self.world, self.directory)
        self._others += await importlib.import_module("remediate.lab.edge").start(self.world, self.directory)
        self._traffic = traffic

    def _doors_of(self, life: Life, peer: Peer) -> Doors:
        return Doors(Shells(life, peer), Web(Desk(life, peer, self.directory)))

    async def stop(self) -> None:
        """Close everything."""
        for life in self.lives.values():
            await life.stop()
        for doors in self._doors.values():
            await doors.close()
        for other in reversed(self._others):
            closing = other.close()
            if closing is not None:
                await closing
        self._others.clear()

    async def _open(self, peer: Peer) -> None:
        await self._doors[peer.name].open()

    async def _close(self, peer: Peer) -> None:
        await self._doors[peer.name].close()

    def _changed(self, peer: Peer) -> None:
        if self._traffic is None:
            return
        task = asyncio.get_running_loop().create_task(self._traffic.peer_changed(peer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def peer(self, name: str) -> tuple[Life, Peer]:
        """An Expressway peer by name; LabError lists the names where there is none."""
        for life in self.lives.values():
            for peer in life.cluster.peers:
                if peer.name == name:
                    return life, peer
        known = [peer.name for life in self.lives.values() for peer in life.cluster.peers]
        raise LabError(f"no Expressway peer {name}: choose one of {', '.join(known)}")

    def cluster(self, name: str) -> ExpresswayCluster:
        """An Expressway cluster by name; LabError lists the names where there is none."""
        if name not in self.lives:
            raise LabError(f"no Expressway cluster {name}: choose one of {', '.join(self.lives)}")
        return self.lives[name].cluster

    def node(self, name: str) -> UcNode:
        """A UC node by name; LabError lists the names where there is none."""
        nodes = {node.key: node for uc in self.world.ucs for node in uc.nodes}
        if name not in nodes:
            raise LabError(f"no UC node {name}: choose one of {', '.join(nodes)}")
        return nodes[name]

    def _is_node(self, host: str) -> bool:
        """A UC node, and not a peer; LabError lists all hosts where it is neither."""
        nodes = [node.key for uc in self.world.ucs for node in uc.nodes]
        peers = [peer.name for life in self.lives.values() for peer in life.cluster.peers]
        if host not in (*nodes, *peers):
            raise LabError(f"no host {host}: choose one of {', '.join((*peers, *nodes))}")
        return host in nodes

    async def kill(self, host: str) -> None:
        """Make a host unreachable: its listeners and connections close."""
        if self._is_node(host):
            self.node(host).alive = False
            return
        life, peer = self.peer(host)
        await life.kill(peer)

    async def revive(self, host: str) -> None:
        """Make a killed host reachable again."""
        if self._is_node(host):
            self.node(host).alive = True
            return
        life, peer = self.peer(host)
        await life.revive(peer)
