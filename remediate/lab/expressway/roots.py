"""The page of the trusted CA list: how it is sent, and what an upload does to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import BodyPartReader, web

from remediate.lab.errors import LabError
from remediate.lab.expressway import spoilt
from remediate.lab.expressway.desk import FAULT, FORM, PAYLOAD, Desk, said
from remediate.lab.expressway.life import Life
from remediate.lab.world import Peer

DONE = "Root Certificate updated."


async def trusted(desk: Desk, request: web.Request) -> web.StreamResponse:
    """The trusted CA list as listed: concatenated PEM, called text/html (py-expressway)."""
    del request
    _present(desk)
    return web.Response(body=spoilt.listing(desk.peer.listed, desk.trips), content_type="text/html")


async def trust(desk: Desk, request: web.Request) -> web.StreamResponse:
    """Add the certificates of form field `file`."""
    _present(desk)
    bundle = await _uploaded(request)
    if bundle is None:
        return said("Bad Request", 400)
    await asyncio.sleep(desk.life.world.delay("upload-slow", desk.peer.name))
    fault = next((fault for fault in EFFECTS if desk.trips(f"upload-{fault}")), "")
    if fault:
        request[FAULT] = fault
    try:
        EFFECTS.get(fault, Life.upload)(desk.life, desk.peer, bundle)
    except LabError as refusal:
        return said(str(refusal), 400)
    return await spoilt.ANSWERS[fault](request) if fault in spoilt.ANSWERS else said(DONE)


def _present(desk: Desk) -> None:
    if desk.life.cluster.switches.certs_root == "absent":
        raise web.HTTPNotFound


async def _uploaded(request: web.Request) -> bytes | None:
    if request.content_type != FORM:
        return None
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "file":
                request[PAYLOAD] = bundle = bytes(await part.read(decode=True))
                return bundle
    except ValueError:
        return None
    return None


def _refuse(life: Life, peer: Peer, bundle: bytes) -> None:
    del life, peer, bundle
    raise LabError("CommandError: the certificate could not be stored")


def _without_effect(life: Life, peer: Peer, bundle: bytes) -> None:
    del life, peer, bundle


EFFECTS: dict[str, Callable[[Life, Peer, bytes], None]] = {
    "refused": _refuse,
    "ignored": _without_effect,
    "replaces": Life.replace,
    "partial": Life.upload_first,
    "error-before": _without_effect,
    "error-after": Life.upload,
    "page": _without_effect,
    "throttled": _without_effect,
}
"""What an upload does under a failpoint `upload-…`."""
