"""The login front of an Expressway-E peer: TLS towards the client, and on to an Expressway-C peer.

It judges no origin: it answers `get_edge_config` by itself, hands every other request to one of the live
peers of the Expressway-C cluster that knows the host, and writes its own log lines.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import secrets
import uuid
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path

from aiohttp import web
from lxml import etree

from remediate.lab.errors import LabError
from remediate.lab.expressway.refresh import served
from remediate.lab.expressway.web import server_context
from remediate.lab.traffic import exchange
from remediate.lab.traffic import request as form
from remediate.lab.traffic.envelope import LOG, Envelope, Transaction
from remediate.lab.traffic.front import GRACE_S
from remediate.lab.traffic.front import PORT as CORE_PORT
from remediate.lab.world import ExpresswayCluster, Peer, World

PORT = 8443
COOKIE = "X-Auth"
SERVICES = {"_cisco-uds": "cucm", "_cuplogin": "imp"}
_TRACKING = re.compile(r"[A-Za-z0-9-]{1,64}")
_CONFIG = re.compile(r"/(?P<segment>[A-Za-z0-9_-]+)/get_edge_config")


async def start(world: World, directory: Path) -> list[EdgeFront]:
    """Open one front per Expressway-E peer; logs go to `directory/logs/PEER/`. LabError where a port is taken."""
    opened: list[EdgeFront] = []
    try:
        for cluster in (one for one in world.expressways if one.role == "E"):
            for peer in cluster.peers:
                front = EdgeFront(world, cluster, peer, directory / "logs" / peer.name / LOG)
                await front.open()
                opened.append(front)
    except BaseException:
        for front in opened:
            await front.close()
        raise
    return opened


@dataclass
class EdgeFront:
    """One peer's listener at its address, port 8443, with its own certificate.

    With `edge_choice` round-robin each session, begun by `get_edge_config` and carried by its cookie, keeps to
    the next live Expressway-C peer in turn, a request without a session goes to the next one; with `first` all
    go to the first live peer.
    """

    world: World
    cluster: ExpresswayCluster
    peer: Peer
    log: Path
    _envelope: Envelope = field(init=False)
    _server: web.Server | None = None
    _listening: asyncio.Server | None = None
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _turns: itertools.count[int] = field(default_factory=itertools.count)
    _sessions: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._envelope = Envelope(self.log, self.world, self.peer.fqdn.split(".", maxsplit=1)[0])
        self._envelope.pid = os.getpid()

    async def open(self) -> None:
        """Listen; LabError where the address is taken."""
        self._server = web.Server(self._answer, access_log=None)
        loop = asyncio.get_running_loop()
        try:
            self._listening = await loop.create_server(
                self._server,
                self.peer.address,
                PORT,
                ssl=server_context(self.peer.tls),
            )
        except OSError as error:
            place = f"{self.peer.address}:{PORT}"
            raise LabError(f"cannot listen on {place} for {self.peer.name}: {error.strerror}") from error

    async def close(self) -> None:
        """Stop listening and close the log."""
        if self._listening is not None:
            self._listening.close()
        if self._server is not None:
            await self._server.shutdown(GRACE_S)
        self._envelope.close()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if not self.peer.alive:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=503)
        marks = self._marks(request)
        self._envelope.received(marks, f"{request.method} https://{request.host}{request.raw_path} HTTP/1.1")
        response = await self._decide(request, marks)
        reason = response.reason or ""
        if response.status >= 400:
            self._envelope.refused(marks, response.status, reason)
        self._envelope.replied(marks, response.status, reason)
        return response

    async def _decide(self, request: web.BaseRequest, marks: Transaction) -> web.Response:
        if request.method != "GET":
            return web.Response(status=405)
        try:
            if found := _CONFIG.fullmatch(request.rel_url.raw_path):
                asked = request.rel_url.query.getall("service_name", [])
                return self._configuration(form.domain(found["segment"]), asked)
            target = form.read(request.raw_path)
        except form.Malformed as error:
            return web.Response(status=400, text=str(error))
        return await self._relay(self._core(target.host), request, marks)

    def _configuration(self, domain: str, asked: list[str]) -> web.Response:
        """The servers of each service asked for, and a cookie that begins a session."""
        cores = [one for one in self.world.expressways if one.role == "C" and one.mra_domain == domain]
        wanted = [name for name in asked if name in SERVICES]
        if not cores:
            return web.Response(status=403)
        if not wanted:
            return web.Response(status=400, text=f"service_name is none of {', '.join(SERVICES)}")
        if not any(peer.alive for core in cores for peer in core.peers):
            return web.Response(status=502)
        token = secrets.token_urlsafe(16)
        self._sessions[token] = next(self._turns)
        root = _configuration(self.world, cores, wanted, self.peer)
        body = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
        reply = web.Response(body=body, content_type="text/xml", charset="utf-8")
        reply.set_cookie(COOKIE, token, secure=True, httponly=True)
        return reply

    async def _relay(
        self,
        core: ExpresswayCluster,
        request: web.BaseRequest,
        marks: Transaction,
    ) -> web.Response:
        peer = self._chosen(core, request)
        if peer is None:
            return web.Response(status=502)
        control, to = f"{form.CONTROL}.{core.mra_domain}:8443", (peer.address, CORE_PORT)
        target = f"http://{control}{request.raw_path}"
        self._envelope.relayed(marks, to, f"GET {target} HTTP/1.1")
        try:
            reply = await exchange.get(*to, target, {"Host": control, "TrackingID": marks.tracking})
        except exchange.NoAnswer:
            return web.Response(status=502)
        self._envelope.returned(marks, to, reply.status, reply.reason)
        kind = reply.headers.get("content-type", "text/plain")
        return web.Response(status=reply.status, reason=reply.reason, body=reply.body, headers={"Content-Type": kind})

    def _chosen(self, core: ExpresswayCluster, request: web.BaseRequest) -> Peer | None:
        live = [peer for peer in core.peers if peer.alive]
        if not live or self.cluster.switches.edge_choice == "first":
            return live[0] if live else None
        token = SimpleCookie(request.headers.get("Cookie", "")).get(COOKIE)
        turn = self._sessions.get(token.value) if token else None
        return live[(next(self._turns) if turn is None else turn) % len(live)]

    def _core(self, host: str) -> ExpresswayCluster:
        """The Expressway-C cluster that serves a host by this name, else the first one: it will refuse."""
        cores = [one for one in self.world.expressways if one.role == "C"]
        wanted = host.lower()
        return next((core for core in cores if wanted in _hosts(self.world, core)), cores[0])

    def _marks(self, request: web.BaseRequest) -> Transaction:
        ends = request.transport.get_extra_info("peername") if request.transport is not None else None
        given = request.headers.get("TrackingID", "")
        tracking = given if _TRACKING.fullmatch(given) else str(uuid.uuid4())
        return Transaction(next(self._numbers), tracking, (str(ends[0]), int(ends[1])) if ends else ("", 0))


def _hosts(world: World, core: ExpresswayCluster) -> set[str]:
    """Every name that clients of this cluster may ask for, and those its allow list still holds."""
    nodes = [node for uc in served(world, core) for node in uc.nodes]
    ruled = {rule.split("//", 1)[-1].split(":", 1)[0].lower() for rule in core.allow_list}
    return {name.lower() for node in nodes for name in (node.db_name, node.fqdn, node.address)} | ruled


def _configuration(
    world: World,
    cores: list[ExpresswayCluster],
    services: list[str],
    peer: Peer,
) -> etree._Element:
    root = etree.Element("getEdgeConfigResponse", version="1.0")
    listed = etree.SubElement(root, "serviceConfig")
    clusters = [uc for core in cores for uc in served(world, core)]
    for name in services:
        service = etree.SubElement(listed, "service")
        etree.SubElement(service, "name").text = name
        for node in (node for uc in clusters if uc.kind == SERVICES[name] for node in uc.nodes):
            server = etree.SubElement(service, "server")
            for tag, text in (("priority", "10"), ("weight", "10"), ("port", "8443"), ("address", node.db_name)):
                etree.SubElement(server, tag).text = text
    edge = etree.SubElement(etree.SubElement(etree.SubElement(root, "edgeConfig"), "httpEdgeServer"), "server")
    etree.SubElement(edge, "address").text = peer.fqdn
    etree.SubElement(edge, "tlsPort").text = str(PORT)
    return root
