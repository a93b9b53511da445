"""The lab for measuring: its own answers behind a quick SSH server, with large trusted CA lists and a slow network on
order. `python -m tests.benchmarks.fast_lab DIR --clusters N --peers N` runs until its standard input is closed.

It writes DIR/inventory as every lab does, and DIR/nodes.json and DIR/sites.json for clients that know no inventory of
ours. There is no traffic server, no Expressway-E in use and no record of requests: they would cost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from remediate.lab import inventory, network, scenarios, uc
from remediate.lab.build import Shape
from remediate.lab.expressway import shell, web, xapi
from remediate.lab.expressway.desk import Desk
from remediate.lab.expressway.life import Life
from remediate.lab.expressway.status import View
from remediate.lab.pki import Forge, Request, pem
from remediate.lab.world import ExpresswayCluster, World
from tests.benchmarks.fast_ssh import Device, Session
from tests.benchmarks.reads import BEGIN, LISTED, READY, Node, Site, UcNode


@dataclass(frozen=True)
class Pace:
    """Seconds that each command takes, and that a round trip of SSH takes."""

    per_command: float = 0.0
    round_trip: float = 0.0


def build(scenario: str, clusters: int, peers: int, prefix: str) -> World:
    """A world of the lab whose peers list `LISTED` certificates each."""
    shape = Shape(clusters=clusters, peers=peers, network=prefix)
    world = scenarios.named(scenario).build(scenario, shape)
    forge = Forge(datetime.now(UTC) - timedelta(days=1))
    common = [pem(forge.leaf(Request(f"Common Root {n}", authority=True), "ec").chain[0]) for n in range(LISTED)]
    for peer in (peer for cluster in world.expressways for peer in cluster.peers):
        missing = LISTED - peer.listed.count(BEGIN.encode())
        peer.listed = peer.loaded = peer.listed + b"".join(common[:missing])
    return world


async def serve(world: World, directory: Path, pace: Pace) -> None:
    """Open every listener, say so, and stay until nobody holds our standard input."""
    inventory.write(world, directory / "inventory")
    for cluster in world.expressways:
        life = Life(world, cluster, lambda _peer: None)
        for peer in cluster.peers:
            await _ssh((world, cluster, peer), pace)
            await web.Web(Desk(life, peer, directory)).open()
    await uc.start(world, directory / "keys")
    sites = [_site(world, cluster, directory) for cluster in world.expressways if cluster.role == "C"]
    _write(directory / "sites.json", [asdict(site) for site in sites])
    _write(directory / "nodes.json", [asdict(peer) for site in sites for peer in site.peers])
    print(READY, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _ssh(view: View, pace: Pace) -> None:
    _, cluster, peer = view

    @lru_cache(maxsize=4096)
    def answer(line: str) -> bytes:
        return xapi.answer(view, line).text.encode()

    device = Device(
        peer.host_key, cluster.user, cluster.password, xapi.banner(view).encode(), answer, pace.per_command,
        pace.round_trip,
    )  # fmt: skip
    await asyncio.get_running_loop().create_server(lambda: Session(device), peer.address, shell.PORT, backlog=512)


def _write(path: Path, what: object) -> None:
    path.write_text(json.dumps(what), encoding="utf-8")


def _site(world: World, cluster: ExpresswayCluster, directory: Path) -> Site:
    trust = directory / "inventory" / "trust" / "devices"
    peers = tuple(
        Node(
            peer.name, peer.address, shell.PORT, web.PORT, cluster.user, cluster.password, shell.public_key(peer),
            str(trust / f"{peer.name}.pem"),
        )
        for peer in cluster.peers
    )  # fmt: skip
    nodes = tuple(
        UcNode(
            node.key, node.fqdn, node.address, uc.kind, node.publisher, uc.axl_user, uc.axl_password,
            uc.platform_user, uc.platform_password, str(trust / f"{node.key}.pem"),
        )
        for uc in world.ucs if uc.name in cluster.serves
        for node in uc.nodes
    )  # fmt: skip
    return Site(peers, nodes)


def main() -> int:
    """Until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--scenario", default="healthy")
    parser.add_argument("--clusters", type=int, default=1)
    parser.add_argument("--peers", type=int, default=2)
    parser.add_argument("--device-ms", type=float, default=0.0)
    parser.add_argument("--rtt-ms", type=float, default=0.0)
    args = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = network.take(args.clusters * (args.peers + 4) + 1)
    try:
        world = build(args.scenario, args.clusters, args.peers, held.prefix)
        pace = Pace(args.device_ms / 1000, args.rtt_ms / 1000)
        world.latency_s = pace.per_command
        args.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        asyncio.run(serve(world, args.directory, pace))
    finally:
        held.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
