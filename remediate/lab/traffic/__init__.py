"""The traffic server of every Expressway-C peer: a front that speaks Expressway's form, and an engine that judges."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from remediate.lab.errors import LabError
from remediate.lab.traffic import ats, proxy
from remediate.lab.traffic.engine import Engine
from remediate.lab.traffic.front import Front
from remediate.lab.traffic.runroot import Runroot
from remediate.lab.world import Peer, World

CHOICE = "REMEDIATE_LAB_ENGINE"
_open: list[Front] = []


async def start(world: World, directory: Path) -> list[Front]:
    """Open one front per Expressway-C peer; each has an async `close()`, which ends its engine too.

    Logs go to `directory/logs/PEER/`. The engine is Apache Traffic Server where it is installed, else
    a proxy on OpenSSL, which is said on stderr; `REMEDIATE_LAB_ENGINE` is `ats` or `proxy` to force
    one. Raises LabError where an address is taken or the forced engine is absent.
    """
    binary = _engine()
    if binary is None:
        sys.stderr.write(f"{proxy.NOTICE}\n")
    opened: list[Front] = []
    try:
        for front in _fronts(world, directory, binary):
            await front.open()
            opened.append(front)
    except BaseException:
        for front in opened:
            await front.close()
        raise
    _open.extend(opened)
    return opened


async def peer_changed(peer: Peer) -> None:
    """Something of this peer changed, or it went down; a request would notice it too, but later."""
    for front in _open:
        if front.peer is peer:
            await front.follow()


def _engine() -> Path | None:
    """The binary to run, None for the proxy."""
    choice, found = os.environ.get(CHOICE, ""), ats.find()
    if choice not in {"", "ats", "proxy"}:
        raise LabError(f"{CHOICE} is {choice!r}; use ats or proxy, or unset it")
    if choice == "ats" and found is None:
        raise LabError(f"{CHOICE} is ats, but traffic_server is not installed: apt-get install trafficserver")
    return None if choice == "proxy" else found


def _fronts(world: World, directory: Path, binary: Path | None) -> list[Front]:
    found: list[Front] = []
    for cluster in (one for one in world.expressways if one.role == "C"):
        for peer in cluster.peers:
            logs, own = directory / "logs" / peer.name, directory / "traffic" / peer.name
            engine: Engine = proxy.Proxy(own, peer.address)
            if binary is not None:
                engine = ats.TrafficServer(peer.address, Runroot(own.absolute(), logs.absolute(), binary))
            found.append(Front(world, cluster, peer, engine, logs))
    return found
