"""Answers as no device in order gives them, one function per failpoint."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable, Iterator

from aiohttp import web

LONG_PARTS, LONG_PART = 200, 50_000
SHORT_LINES = 300_000
BANNER = b"OK soon, tsh> wait\r\nadmin# ERROR none so far\r\n*c is not a setting\r\n> \r\n" * 2_500
HUGE_PARTS, HUGE_PART = 400, 65_536
EVENT = b'*e Event CallDisconnected: /\r\n  Reason: "Off"\r\n*e/end\r\n\r\n'
WORDS = b"Notice from the operator:\r\nOK\r\nall is well, OK\r\n"
LOGIN = b"<!DOCTYPE html>\n<html><title>Expressway login</title><form>OK</form></html>\n"


def _garbage(_reply: bytes) -> Iterator[bytes]:
    yield bytes(range(128, 256)) * 8 + b"\x1b[2J\x00\r\nOK\r\n"


def _latin_1(reply: bytes) -> Iterator[bytes]:
    """The byte stands inside the keyword, so that a reader who drops it would see the setting."""
    yield reply.replace(b"VerifyOriginServer", b"Verify\xffOriginServer").replace(b"SystemUnit", b"System\xffUnit")


def _events(reply: bytes) -> Iterator[bytes]:
    yield EVENT + reply


def _words(reply: bytes) -> Iterator[bytes]:
    """Before the first line of the reply: what stands behind it is cut at the first OK by definition."""
    yield WORDS + reply


def _huge(_reply: bytes) -> Iterator[bytes]:
    for _ in range(LONG_PARTS):
        yield b"x" * LONG_PART


def _endless(_reply: bytes) -> Iterator[bytes]:
    for _ in range(SHORT_LINES // 1000):
        yield b"*c x\r\n" * 1000


def _unknown(_reply: bytes) -> Iterator[bytes]:
    yield b"Command not recognized.\r\n"


REPLIES: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "garbage": _garbage,
    "latin-1": _latin_1,
    "events": _events,
    "words": _words,
    "huge": _huge,
    "endless": _endless,
    "unknown": _unknown,
}
"""What the shell sends instead of a reply, by failpoint `read-…`."""


async def _page(request: web.Request) -> web.StreamResponse:
    del request
    return web.Response(body=LOGIN, content_type="text/html")


async def _cut(request: web.Request) -> web.StreamResponse:
    reply = web.StreamResponse(headers={"Content-Length": "100000"})
    await reply.prepare(request)
    await reply.write(b"-----BEGIN CERTIFICATE-----\n")
    if request.transport:
        request.transport.close()
    return reply


async def _gzip(request: web.Request) -> web.StreamResponse:
    del request
    return web.Response(body=gzip.compress(b"\0" * 10_000_000), headers={"Content-Encoding": "gzip"})


async def _huge_body(request: web.Request) -> web.StreamResponse:
    reply = web.StreamResponse()
    await reply.prepare(request)
    try:
        for _ in range(HUGE_PARTS):
            await reply.write(b"-" * HUGE_PART)
    except ConnectionError:
        return reply
    return reply


BODIES: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
    "page": _page,
    "cut": _cut,
    "gzip": _gzip,
    "huge": _huge_body,
}
"""What a page answers, by failpoint `https-…`."""


async def _failed(request: web.Request) -> web.StreamResponse:
    del request
    return web.json_response({"Message": "Internal Server Error"}, status=500)


async def _throttled(request: web.Request) -> web.StreamResponse:
    del request
    return web.json_response({"Message": "Too Many Requests"}, status=429)


ANSWERS: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
    "error-before": _failed,
    "error-after": _failed,
    "page": _page,
    "throttled": _throttled,
}
"""What an upload is answered, by failpoint `upload-…`, where that is not success."""


def listing(listed: bytes, trips: Callable[[str], bool]) -> bytes:
    """The trusted CA list as it is sent: whole, unless one of the `list-…` failpoints fires."""
    if trips("list-cut"):
        return listed[: -len(listed) // 6]
    if trips("list-wrapped"):
        return listed.replace(b"-----BEGIN", b"# Entry\r\nIssuer: somebody\r\n-----BEGIN")
    if trips("list-odd"):
        return listed + b"-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n"
    return listed
