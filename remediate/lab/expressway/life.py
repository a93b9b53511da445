"""The shared life of one cluster's peers: replication, uploads, restarts, Refresh. One event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from copy import deepcopy

from remediate.lab.errors import LabError
from remediate.lab.expressway import trust
from remediate.lab.expressway.packets import Tap
from remediate.lab.expressway.refresh import learn_names
from remediate.lab.expressway.settings import BY_PATH, replicated, upgraded
from remediate.lab.world import MAINTENANCE, ExpresswayCluster, Peer, World, release

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
        self.taps: dict[str, Tap] = {}
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
            follower.pending[path] = (leader.settings.get(path, ""), due)
        asyncio.get_running_loop().call_later(self.cluster.replication_s + 0.001, self.settle)

    def settle(self) -> None:
        """Let due values reach the peers that are up, while the primary is up and of their release."""
        leader = self.cluster.leader
        for peer in self.cluster.peers:
            due = [path for path, (_, when) in peer.pending.items() if when <= self.world.now()]
            if due and self.cluster.replicates(peer) and not self.world.trips("replication-stuck", peer.name):
                for path in due:
                    peer.settings[path] = leader.settings[path]
                    del peer.pending[path]
                self.changed(peer)

    def upload(self, peer: Peer, bundle: bytes) -> None:
        """Add certificates to the peer's own list; LabError carries the device's refusal."""
        self._list(peer, trust.added(peer.listed, bundle, self.cluster.switches))

    def replace(self, peer: Peer, bundle: bytes) -> None:
        """What an upload does on a device that keeps nothing of the list before."""
        self._list(peer, trust.added(b"", bundle, self.cluster.switches))

    def upload_first(self, peer: Peer, bundle: bytes) -> None:
        """Add the first certificate of an upload alone."""
        self.upload(peer, trust.entries(bundle)[0])

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
            peer.settings[path] = BY_PATH[path].default if peer is self.cluster.leader else source.get(path, "")
        self.changed(peer)

    def banned(self, peer: Peer) -> bool:
        """Whether the peer hangs up on clients, after `ban_after` refused logins over SSH and REST."""
        limit = self.cluster.switches.ban_after
        return bool(limit) and peer.refused_logins >= limit

    def restart_soon(self, peer: Peer) -> None:
        """Restart once the reply is out."""
        self._later(self.restart(peer, LAST_WORDS_S + self.world.latency_s))

    async def restart(self, peer: Peer, after_s: float = 0.0) -> None:
        """Go down for `restart_s`, come back as after a start; nothing happens to a peer that is down by then."""
        await asyncio.sleep(after_s)
        if peer.alive:
            await self._go_down(peer)
            await self._come_back(peer)

    async def upgrade(self, peer: Peer, version: str) -> None:
        """Restart into another release; LabError where that is not a later one, or the peer is down."""
        old = self.cluster.release_of(peer)
        if not peer.alive:
            raise LabError(f"{peer.name} is down: revive it first")
        if release(version) <= release(old):
            raise LabError(f"{peer.name} runs {old}: give a later release")
        await self._go_down(peer)
        peer.version = version
        peer.settings = upgraded(peer.settings, old, version, self.cluster.switches)
        await self._come_back(peer)

    async def _go_down(self, peer: Peer) -> None:
        peer.starting = True
        await self.down(peer)

    async def _come_back(self, peer: Peer) -> None:
        """Up after `restart_s`, unless it is stuck, was killed meanwhile, or was brought up by hand already."""
        started = peer.started_at
        if self.world.trips("restart-stuck", peer.name):
            return
        await asyncio.sleep(self.cluster.switches.restart_s)
        if peer.starting and not peer.killed and peer.started_at == started:
            await self.up(peer)

    def _start_afresh(self, peer: Peer) -> None:
        """What every start does: the listed certificates are loaded, maintenance mode and bans are over."""
        peer.starting = False
        peer.loaded = deepcopy(peer.listed)
        peer.started_at = self.world.now()
        peer.restart_needed = False
        peer.refused_logins = peer.calls = peer.sessions = 0
        peer.settings[MAINTENANCE] = "Off"
        peer.alarms = [alarm for alarm in peer.alarms if alarm != RESTART_ALARM]

    def _rejoin(self) -> None:
        """Peers that have come to the primary's release take its settings after the usual delay."""
        due = self.world.now() + self.cluster.replication_s
        leader = self.cluster.leader
        for peer in self.cluster.peers:
            if peer is leader or not self.cluster.replicates(peer):
                continue
            for path, value in leader.settings.items():
                if replicated(path, self.cluster.switches) and peer.settings.get(path) != value:
                    peer.pending.setdefault(path, (value, due))
        asyncio.get_running_loop().call_later(self.cluster.replication_s + 0.001, self.settle)

    async def kill(self, peer: Peer) -> None:
        """Take the peer down until `revive`, whatever it was doing."""
        peer.killed = True
        await self.down(peer)

    async def revive(self, peer: Peer) -> None:
        """End a kill; a peer that went down in a restart has started by then."""
        peer.killed = False
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
        if peer.starting:
            self._start_afresh(peer)
        if self.open_doors:
            await self.open_doors(peer)
        peer.alive = True
        self.settle()
        self._rejoin()
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
        for tap in self.taps.values():
            tap.stop()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
