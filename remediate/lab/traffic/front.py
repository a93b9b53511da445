"""The listener of one peer's traffic server: reads Expressway's form, asks the allow list, asks the engine."""

from __future__ import annotations

import asyncio
import itertools
import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from remediate.lab.errors import LabError
from remediate.lab.traffic import request as form
from remediate.lab.traffic.engine import Engine, profile
from remediate.lab.traffic.envelope import LOG, Envelope, Transaction
from remediate.lab.traffic.request import Target
from remediate.lab.world import ExpresswayCluster, Peer, World

PORT = 8444
GRACE_S = 0.1  # for idle connections at close; aiohttp takes zero for no limit
KINDS = {"cucm": "CUCM server", "imp": "IM and Presence node", "cuc": "Unity Connection server"}
FAILED = "connect failed"
_TRACKING = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass
class Front:
    """One peer's listener at its address, port 8444. Requests go one at a time, as do their log lines."""

    world: World
    cluster: ExpresswayCluster
    peer: Peer
    engine: Engine
    logs: Path
    _envelope: Envelope = field(init=False)
    _server: web.Server | None = None
    _listening: asyncio.Server | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self._envelope = Envelope(self.logs / LOG, self.world, self.peer.fqdn.split(".", maxsplit=1)[0])

    async def open(self) -> None:
        """Listen. The engine starts with the first request. Raises LabError where the address is taken."""
        self._server = web.Server(self._answer, access_log=None)
        loop = asyncio.get_running_loop()
        try:
            self._listening = await loop.create_server(self._server, self.peer.address, PORT)
        except OSError as error:
            place = f"{self.peer.address}:{PORT}"
            raise LabError(f"cannot listen on {place} for {self.peer.name}: {error.strerror}") from error

    async def close(self) -> None:
        """Stop listening, stop the engine, close the log."""
        if self._listening is not None:
            self._listening.close()
        if self._server is not None:
            await self._server.shutdown(GRACE_S)
        await self.engine.close()
        self._envelope.close()

    async def follow(self) -> None:
        """Bring an engine that runs to what its peer now is; it ends with a peer that is down."""
        async with self._turn:
            if not self.peer.alive:
                await self.engine.close()
            elif self.engine.pid:
                await self.engine.use(profile(self.world, self.cluster, self.peer))

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if not self.peer.alive:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=503)
        async with self._turn:
            try:
                await self.engine.use(profile(self.world, self.cluster, self.peer))
            except LabError as error:
                return web.Response(status=500, text=str(error))
            self._envelope.pid = self.engine.pid
            marks = self._marks(request)
            target_text = request.raw_path
            self._envelope.received(marks, f"{request.method} {target_text} HTTP/1.1")
            response = await self._decide(request.method, target_text, marks)
            self._envelope.replied(marks, response.status, response.reason or "")
            return response

    async def _decide(self, method: str, text: str, marks: Transaction) -> web.Response:
        if method != "GET":
            return web.Response(status=405)
        if self.cluster.refreshing:
            return web.Response(status=503)
        try:
            target = form.read(text)
        except form.Malformed as error:
            return web.Response(status=400, text=str(error))
        rule = self._rule(target)
        self._envelope.judged(target, rule, self._kind(target.host))
        if not rule:
            return web.Response(status=403)
        return await self._fetch(target, marks)

    async def _fetch(self, target: Target, marks: Transaction) -> web.Response:
        address = self.world.dns.get(target.host.lower(), target.host)
        self._envelope.sending(marks, target, address)
        try:
            answer = await self.engine.fetch(target.host, target.port, target.path)
        except LabError as error:
            return web.Response(status=500, text=str(error))
        self._envelope.engine(answer.log_lines)
        if not answer.connected:
            return web.Response(status=502, reason=FAILED)
        self._envelope.answered(marks, target, address, answer.status)
        return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type})

    def _rule(self, target: Target) -> str:
        """The longest rule of the allow list that lets this URL pass; empty where none does."""
        if target.domain != self.cluster.mra_domain:
            return ""
        return max((rule for rule in self.cluster.allow_list if target.url.startswith(rule)), key=len, default="")

    def _kind(self, host: str) -> str:
        for cluster in self.world.ucs:
            if any(host.lower() in {node.db_name.lower(), node.fqdn.lower()} for node in cluster.nodes):
                return KINDS[cluster.kind]
        return KINDS["cucm"]

    def _marks(self, request: web.BaseRequest) -> Transaction:
        """A client may name its own tracking id; else one is made."""
        ends = request.transport.get_extra_info("peername") if request.transport is not None else None
        given = request.headers.get("TrackingID", "")
        tracking = given if _TRACKING.fullmatch(given) else str(uuid.uuid4())
        return Transaction(next(self._numbers), tracking, (str(ends[0]), int(ends[1])) if ends else ("", 0))
