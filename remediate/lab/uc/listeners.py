"""Raw accepts, so that each connection is answered with what its node holds at that moment."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from remediate.lab.errors import LabError
from remediate.lab.uc.contexts import Contexts, offer
from remediate.lab.world import UcNode, World

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
RESET = struct.pack("ii", 1, 0)
BACKLOG = 128
GRACE_S = 0.1  # for idle connections at close; aiohttp takes zero for no limit


@dataclass
class Listener:
    """One TLS port of one node. Connections to a node that is down are reset.

    The port's binding is looked up anew for each connection: a restored world holds other objects.
    """

    world: World
    node: UcNode
    port: int
    contexts: Contexts
    handler: Handler
    _socket: socket.socket | None = None
    _accepting: asyncio.Task[None] | None = None
    _handshakes: set[asyncio.Task[None]] = field(default_factory=set)
    _server: web.Server | None = None

    async def open(self) -> None:
        """Bind and begin to accept. Raises LabError where the address is taken."""
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setblocking(False)
        try:
            listening.bind((self.node.address, self.port))
            listening.listen(BACKLOG)
        except OSError as error:
            listening.close()
            place = f"{self.node.address}:{self.port}"
            raise LabError(f"cannot listen on {place} for {self.node.key}: {error.strerror}") from error
        self._socket = listening
        self._server = web.Server(self._answer, access_log=None)
        self._accepting = asyncio.create_task(self._accept(listening, self._server))

    async def close(self) -> None:
        """Stop accepting and drop what is open."""
        tasks = [task for task in (self._accepting, *self._handshakes) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.shutdown(GRACE_S)
        if self._socket is not None:
            self._socket.close()

    @property
    def _up(self) -> bool:
        return self.node.alive and self.world.now() >= self.node.restarts_until

    async def _accept(self, listening: socket.socket, server: web.Server) -> None:
        loop = asyncio.get_running_loop()
        while True:
            accepted, _ = await loop.sock_accept(listening)
            if not self._up:
                _reset(accepted)
                continue
            task = asyncio.create_task(self._handshake(accepted, server))
            self._handshakes.add(task)
            task.add_done_callback(self._handshakes.discard)

    async def _handshake(self, accepted: socket.socket, server: web.Server) -> None:
        try:
            context = self.contexts.of(offer(self.world, self.node, self.port))
        except LabError as error:
            self.world.record(host=self.node.key, connection="", verb="tls", result=str(error))
            _reset(accepted)
            return
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ssl.SSLError, OSError):  # a client may leave in mid-handshake: probes do
            await loop.connect_accepted_socket(server, accepted, ssl=context)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.world.latency_s:
            await asyncio.sleep(self.world.latency_s)
        if self._up:
            return await self.handler(request)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)  # reaches nobody; aiohttp wants an answer


def _reset(accepted: socket.socket) -> None:
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    accepted.close()
