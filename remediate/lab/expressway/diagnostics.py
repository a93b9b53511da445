"""Diagnostic logging over REST: started and stopped for a cluster, collected and downloaded per peer."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from remediate.lab.expressway.bundle import archive
from remediate.lab.expressway.desk import DONE, Desk, said
from remediate.lab.expressway.packets import Tap

COLLECT_S = 0.2


async def state(desk: Desk, request: web.Request) -> web.StreamResponse:
    """Whether diagnostic logging runs, and whether an archive is ready."""
    del request
    world, cluster, peer = desk.view
    if peer.collected_at is None:
        told = "In progress" if peer.logging else "Not started"
    else:
        told = "Ready to download" if world.now() >= peer.collected_at + COLLECT_S else "Collecting"
    return web.json_response({"Mode": "start" if peer.logging else "stop", cluster.switches.diagnostic_key: told})


async def change(desk: Desk, request: web.Request) -> web.StreamResponse:
    """`Mode` start, stop (all peers), collect, download (this peer)."""
    if request.method != desk.life.cluster.switches.diagnostic_method:
        return said("Method not allowed", 405)
    try:
        asked = await request.json()
        act = {"start": _start, "stop": _stop, "collect": _collect, "download": _download}[asked["Mode"]]
        packets = asked.get("TCPDump", "off") == "on"
    except (ValueError, KeyError, TypeError, AttributeError):
        return said("Mode must be start, stop, collect or download", 400)
    return act(desk, packets)


def _start(desk: Desk, packets: bool) -> web.StreamResponse:
    if desk.peer.logging:
        return said("Diagnostic logging is already in progress", 400)
    for other in desk.life.cluster.peers:
        other.logging, other.collected_at, other.packets = True, None, b""
        tap = Tap(other.address, desk.life.world.now)
        if packets and tap.start():
            desk.life.taps[other.name] = tap
    return web.json_response(DONE)


def _stop(desk: Desk, packets: bool) -> web.StreamResponse:
    del packets
    if not desk.peer.logging:
        return said("Diagnostic logging is not in progress", 400)
    for other in desk.life.cluster.peers:
        other.logging = False
        tap = desk.life.taps.pop(other.name, None)
        other.packets = tap.stop() if tap else b""
    return web.json_response(DONE)


def _collect(desk: Desk, packets: bool) -> web.StreamResponse:
    del packets
    if desk.peer.logging:
        return said("Stop diagnostic logging first", 400)
    desk.peer.collected_at = desk.life.world.now()
    return web.json_response(DONE)


def _download(desk: Desk, packets: bool) -> web.StreamResponse:
    del packets
    world, cluster, peer = desk.view
    if peer.collected_at is None or world.now() < peer.collected_at + COLLECT_S:
        return said("No log is ready to download", 400)
    form = cluster.switches.archive
    made = datetime.fromtimestamp(world.now(), UTC)
    name = f"diagnostic_log_{peer.name}_{made:%Y-%m-%d_%H:%M:%S}.{form}"
    return web.Response(
        body=archive(desk.view, desk.directory, form),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
