"""pcapng → packets. A file may hold several sections and interfaces, each with a kind of link and a clock of its own;
dpkt reads the blocks, but its reader takes the first interface for all of them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from dpkt import pcapng

MAGIC = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_MICROSECONDS = 6
_BINARY = 0x80


class File(Protocol):
    """What can be read."""

    def read(self, size: int, /) -> bytes:
        """Exactly so many bytes, but for the end."""


class _Interface(NamedTuple):
    link: int
    ticks: int
    offset: int


def packets(file: File) -> Iterator[tuple[float, int, bytes]]:
    """Seconds since 1970, kind of link and bytes of each packet. Raises what dpkt does, ValueError and LookupError."""
    order, interfaces = "<", list[_Interface]()
    while len(head := file.read(8)) == 8:
        if head.startswith(MAGIC):
            head += file.read(4)
            order, interfaces = _ORDERS[head[8:]], []
        kind, size = struct.unpack(f"{order}II", head[:8])
        block = head + file.read(size - len(head))
        match kind:
            case pcapng.PCAPNG_BT_IDB:
                interfaces.append(_interface(block, order))
            case pcapng.PCAPNG_BT_EPB | pcapng.PCAPNG_BT_PB:
                packet = _packet(kind, order)(block)
                one = interfaces[packet.iface_id]
                ticks = packet.ts_high << 32 | packet.ts_low
                yield one.offset + ticks / one.ticks, one.link, packet.pkt_data


def _packet(kind: int, order: str) -> Any:
    if kind == pcapng.PCAPNG_BT_EPB:
        return pcapng.EnhancedPacketBlockLE if order == "<" else pcapng.EnhancedPacketBlock
    return pcapng.PacketBlockLE if order == "<" else pcapng.PacketBlock


def _interface(block: bytes, order: str) -> _Interface:
    found: Any = (pcapng.InterfaceDescriptionBlockLE if order == "<" else pcapng.InterfaceDescriptionBlock)(block)
    resolution, offset = _MICROSECONDS, 0
    for option in found.opts:
        if option.code == pcapng.PCAPNG_OPT_IF_TSRESOL:
            resolution = option.data[0]
        elif option.code == pcapng.PCAPNG_OPT_IF_TSOFFSET:
            (offset,) = struct.unpack(f"{order}q", option.data)
    base = 2 if resolution & _BINARY else 10
    return _Interface(found.linktype, base ** (resolution & ~_BINARY), offset)
