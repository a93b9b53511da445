"""The HTTPS door of one peer: TLS, Basic authentication, the device's error bodies, the record."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import tempfile
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path

from aiohttp import BasicAuth, web
from aiohttp.typedefs import Handler, Middleware

from remediate.lab.expressway import rest, spoilt
from remediate.lab.expressway.desk import FAULT, FORM, PAYLOAD, Desk, Page, said
from remediate.lab.pki import pem
from remediate.lab.world import Identity, release

PORT = 4430
LARGEST_BODY = 4 * 1024 * 1024
STATUSES = {"error": 500, "busy": 503, "throttle": 429}
"""Failpoints `https-…` and what they answer."""


@dataclass
class Web:
    """One peer's HTTPS listener."""

    desk: Desk
    _runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Listen on the peer's address."""
        self._runner = web.AppRunner(_application(self.desk), access_log=None, shutdown_timeout=0.0)
        await self._runner.setup()
        site = web.TCPSite(
            self._runner,
            self.desk.peer.address,
            PORT,
            ssl_context=server_context(self.desk.peer.tls),
        )
        await site.start()

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._runner:
            for connection in list(self._runner.server.connections) if self._runner.server else []:
                connection.force_close()
            await self._runner.cleanup()
            self._runner = None


def server_context(identity: Identity) -> ssl.SSLContext:
    """A server's TLS context from keys in memory; OpenSSL's loader wants a file, which lives a moment."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.NamedTemporaryFile(suffix=".pem") as held:
        Path(held.name).write_bytes(identity.key_pem + pem(*identity.chain))
        context.load_cert_chain(held.name)
    return context


def _application(desk: Desk) -> web.Application:
    application = web.Application(
        middlewares=[_recording(desk), _errors, _authenticated(desk), _csrf(desk), _faults(desk)],
        client_max_size=LARGEST_BODY,
    )
    for (verb, path), page in rest.PAGES.items():
        for prefix in ("/api", "/api/v1"):
            application.router.add_route(verb, prefix + path, _bound(desk, page))
    application.router.add_route("GET", "/api/raml", _bound(desk, rest.raml))
    application.router.add_route("GET", "/status.xml", _bound(desk, rest.status_xml))
    return application


def _bound(desk: Desk, page: Page) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await page(desk, request)

    return answer


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return said(error.reason, error.status)


def _authenticated(desk: Desk) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if desk.life.banned(desk.peer):
            return _cut(request, "banned")
        if _knows_password(desk, request):
            return await handler(request)
        desk.peer.refused_logins += "Authorization" in request.headers
        refusal = said("Unauthorized", 401)
        refusal.headers["WWW-Authenticate"] = 'Basic realm="Expressway"'
        return refusal

    return check


def _knows_password(desk: Desk, request: web.Request) -> bool:
    cluster = desk.life.cluster
    try:
        given = BasicAuth.decode(request.headers.get("Authorization", ""))
    except ValueError:
        return False
    right = secrets.compare_digest(given.password.encode(), cluster.password.encode())
    return right and given.login == cluster.user


def _csrf(desk: Desk) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _wants_csrf(desk, request) and "X-CSRF-Header" not in request.headers:
            return said("Missing X-CSRF-Header", 403)
        return await handler(request)

    return check


def _wants_csrf(desk: Desk, request: web.Request) -> bool:
    cluster = desk.life.cluster
    if request.method != "POST" or release(cluster.release_of(desk.peer)) < release("X14.2"):
        return False
    documented = cluster.switches.csrf == "documented" and request.path.endswith("/provisioning/restart")
    return documented or cluster.switches.csrf == "all"


def _faults(desk: Desk) -> Middleware:
    @web.middleware
    async def trip(request: web.Request, handler: Handler) -> web.StreamResponse:
        world, host = desk.life.world, desk.peer.name
        writes = request.method == "POST" and request.path.endswith("/certs/root")
        status = next((status for point, status in STATUSES.items() if world.trips(f"https-{point}", host)), 0)
        if status:
            return said(HTTPStatus(status).phrase, status)
        body = next((body for point, body in spoilt.BODIES.items() if world.trips(f"https-{point}", host)), None)
        if body is not None:
            return await body(request)
        if writes and world.trips("upload-dropped", host):
            return _cut(request, "dropped")
        reply = await handler(request)
        return _cut(request, "lost") if writes and world.trips("upload-lost", host) else reply

    return trip


def _cut(request: web.Request, fault: str) -> web.Response:
    request[FAULT] = fault
    if request.transport:
        request.transport.abort()
    return web.Response(status=499, reason="cut by a failpoint")


def _recording(desk: Desk) -> Middleware:
    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        if desk.life.world.latency_s:
            await asyncio.sleep(desk.life.world.latency_s)
        reply = await handler(request)
        reply.headers.setdefault("Date", formatdate(desk.life.world.now(), usegmt=True))
        sent = request.get(PAYLOAD, b"") if request.content_type == FORM else await request.read()
        desk.life.world.record(
            host=desk.peer.name,
            connection=_connection(request),
            verb=f"https-{request.method}",
            payload=sent,
            text=request.path,
            result=request.get(FAULT) or str(reply.status),
        )
        return reply

    return keep


def _connection(request: web.Request) -> str:
    port = (request.get_extra_info("peername") or ("", 0))[1]
    return f"https-{port}"
