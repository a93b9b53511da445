"""The shared life of one cluster's peers: replication, uploads, restarts, Refresh. One event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from copy import deepcopy

from remediate.lab.expressway import trust
from remediate.lab.expressway.refresh import learn_names
from remediate.lab.expressway.settings import BY_PATH, replicated
from remediate.lab.world import MAINTENANCE, ExpresswayCluster, Peer, World

RESTART_ALARM = ("25001", "Restart required: the trusted CA certificate list has been changed")
PRIMARY = "Alternates ConfigurationPrimary"
# A reply must leave before the peer that sent it goes down.
LAST_WORDS_S = 0.05


class Life:
    """Changes one cluster as its devices would; `changed` hears of each peer whose verdicts may differ."""

    def __init__(self, world: World, cluster: ExpresswayCluster, changed: Callable[[Peer], None]) -> None:
        self.world = world
        self.cluster = cluster
        self.changed = changed
        self.open_doors: Callable[[Peer], Awaitable[None]] | None = None
        self.close_doors: Callable[[Peer], Awaitable[None]] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def set_value(self, peer: Peer, path: str, value: str) -> None:
        """Set one leaf; peers follow the primary after `replication_s`, a subordinate falls back to it then."""
        peer.settings[path] = value
        if path == PRIMARY and int(value) <= len(self.cluster.peers):
            self.cluster.primary = int(value)
        self.changed(peer)
        if not replicated(path, self.cluster.switches):
            return
        due = self.world.now() + self.cluster.replication_s
        leader = self.cluster.leader
        followers = [other for other in self.cluster.peers if other is not peer] if peer is leader else [peer]
        for follower in followers:
            follower.pending[path] = (leader.settings[path], due)
        asyncio.get_running_loop().call_later(self.cluster.replication_s + 0.001, self.settle)

    def settle(self) -> None:
        """Let due values reach the peers that are up, while the primary is up."""
        leader = self.cluster.leader
        for peer in self.cluster.peers:
            due = [path for path, (_, when) in peer.pending.items() if when <= self.world.now()]
            if due and peer.alive and leader.alive:
                for path in due:
                    peer.settings[path] = leader.settings[path]
                    del peer.pending[path]
                self.changed(peer)

    def upload(self, peer: Peer, bundle: bytes) -> None:
        """Add certificates to the peer's own list; LabError carries the device's refusal."""
        self._list(peer, trust.added(peer.listed, bundle, self.cluster.switches))

    def remove(self, peer: Peer, digest: str) -> None:
        """Take one entry out, as the web page does; LabError where there is none."""
        self._list(peer, trust.removed(peer.listed, digest))

    def _list(self, peer: Peer, bundle: bytes) -> None:
        if bundle == peer.listed:
            return
        peer.listed = bundle
        if self.cluster.switches.ca_effective == "at-once":
            peer.loaded = bundle
            self.changed(peer)
            return
        peer.restart_needed = True
        if RESTART_ALARM not in peer.alarms:
            peer.alarms.append(RESTART_ALARM)

    def force_update(self, peer: Peer) -> None:
        """Drop a subordinate's shared settings and take the primary's; on the primary it does harm."""
        source = self.cluster.leader.settings
        for path in [path for path in peer.settings if replicated(path, self.cluster.switches)]:
            peer.settings[path] = BY_PATH[path].default if peer is self.cluster.leader else source[path]
        self.changed(peer)

    def restart_soon(self, peer: Peer) -> None:
        """Restart once the reply is out."""
        self._later(self.restart(peer, LAST_WORDS_S + self.world.latency_s))

    async def restart(self, peer: Peer, after_s: float = 0.0) -> None:
        """Go down for `restart_s`, come back with the listed certificates loaded and maintenance mode off.

        A peer that is down by then is left alone.
        """
        await asyncio.sleep(after_s)
        if not peer.alive:
            return
        await self.down(peer)
        if self.world.trips("restart-stuck", peer.name):
            return
        await asyncio.sleep(self.cluster.switches.restart_s)
        peer.loaded = deepcopy(peer.listed)
        peer.started_at = self.world.now()
        peer.restart_needed = False
        peer.refused_logins = 0
        peer.settings[MAINTENANCE] = "Off"
        peer.alarms = [alarm for alarm in peer.alarms if alarm != RESTART_ALARM]
        await self.up(peer)

    async def down(self, peer: Peer) -> None:
        """Close every listener and connection of the peer."""
        peer.alive = False
        if self.close_doors:
            await self.close_doors(peer)
        self.changed(peer)

    async def up(self, peer: Peer) -> None:
        """Listen again, where it does not."""
        if peer.alive:
            return
        if self.open_doors:
            await self.open_doors(peer)
        peer.alive = True
        self.settle()
        self.changed(peer)

    async def refresh(self) -> None:
        """Refresh servers: MRA stands still for `refresh_s`, then rules and zones hold the present names."""
        self.cluster.refreshing = True
        await asyncio.sleep(self.cluster.switches.refresh_s)
        learn_names(self.world, self.cluster)
        self.cluster.refreshing = False
        for peer in self.cluster.peers:
            self.changed(peer)

    async def stop(self) -> None:
        """End what is under way; the lab is going down."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
