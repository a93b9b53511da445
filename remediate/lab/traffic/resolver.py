"""A DNS server for one traffic server: A records of the lab's names, NXDOMAIN for all else (RFC 1035 §4)."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import cast

HEADER = struct.Struct(">HHHHHH")
ANSWER = struct.Struct(">HHHIH")
A, IN = 1, 1
AUTHORITATIVE = 0x8580
NXDOMAIN = 3
POINTER_TO_QUESTION = 0xC00C


class Resolver(asyncio.DatagramProtocol):
    """Answers from `names`, which may be replaced at any time. Answers carry a lifetime of zero."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self, address: str) -> int:
        """Listen on a free UDP port of `address`; the port."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(address, 0))
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        """Stop answering."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        """Answer one question; silence for what is not one."""
        reply = answer(data, self.names)
        if reply and self._transport is not None:
            self._transport.sendto(reply, addr)


def answer(query: bytes, names: dict[str, str]) -> bytes:
    """The reply to one query; empty where the query cannot be read."""
    try:
        name, end = _question(query)
        (kind,) = struct.unpack_from(">H", query, end)
    except (IndexError, struct.error, UnicodeDecodeError):
        return b""
    address = names.get(name.lower())
    found = address is not None and kind == A
    code = AUTHORITATIVE | (0 if address is not None else NXDOMAIN)
    head = HEADER.pack(int.from_bytes(query[:2], "big"), code, 1, int(found), 0, 0)
    record = b""
    if address is not None and found:
        record = ANSWER.pack(POINTER_TO_QUESTION, A, IN, 0, 4) + socket.inet_aton(address)
    return head + query[HEADER.size : end + 4] + record


def _question(query: bytes) -> tuple[str, int]:
    """The name asked for, and where its type begins."""
    labels: list[str] = []
    at = HEADER.size
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii"))
        at += query[at] + 1
    return ".".join(labels), at + 1
