"""Captures of packets (pcap, pcapng) → TCP segments. dpkt reads the formats and the headers."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, NamedTuple

import dpkt

from remediate.evidence import pcapng

LARGEST = 1 << 20
"""Bytes of one packet or block. tcpdump writes at most 256 KB; a length beyond is damage."""
_DAMAGE = (dpkt.Error, struct.error, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)
"""What dpkt raises on bytes that are not what their header says; packets inside packets inside packets too."""
_RAW_IP = frozenset({12, 14, 101, 228, 229})


class Damaged(Exception):
    """The capture cannot be read on from here."""


class Segment(NamedTuple):
    """One TCP segment. Ends are (address, port)."""

    at: datetime
    source: tuple[str, int]
    target: tuple[str, int]
    sequence: int
    syn: bool
    ack: bool
    payload: bytes


def segments(blocks: Iterator[bytes]) -> Iterator[Segment]:
    """Those of one capture, in its order. Raises Damaged where it breaks off."""
    for at, link, frame in _frames(_Blocks(blocks)):
        segment = _segment(at, link, frame)
        if segment is not None:
            yield segment


class _Blocks:
    """Blocks, the first of at least four bytes, as the file that dpkt wants."""

    name = "capture"

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._data, self._at = blocks, b"", 0

    def begins(self, magic: bytes) -> bool:
        self._data = next(self._blocks, b"")
        return self._data.startswith(magic)

    def read(self, size: int) -> bytes:
        if not 0 <= size <= LARGEST:
            raise Damaged("a packet longer than any network carries")
        while len(self._data) - self._at < size:
            block = next(self._blocks, b"")
            if not block:
                break
            self._data, self._at = self._data[self._at :] + block, 0
        found = self._data[self._at : self._at + size]
        self._at += len(found)
        return found


def _frames(file: _Blocks) -> Iterator[tuple[datetime, int, bytes]]:
    """Time, kind of link and bytes of each packet."""
    try:
        for seconds, link, frame in pcapng.packets(file) if file.begins(pcapng.MAGIC) else _pcap(file):
            yield datetime.fromtimestamp(seconds, UTC), link, frame
    except (*_DAMAGE, OSError) as error:
        raise Damaged(str(error) or type(error).__name__) from error


def _pcap(file: _Blocks) -> Iterator[tuple[float, int, bytes]]:
    reader: Any = dpkt.pcap.Reader(file)
    link = reader.datalink()
    for seconds, frame in reader:
        yield float(seconds), link, frame


def _segment(at: datetime, link: int, frame: bytes) -> Segment | None:
    try:
        packet = _packet(link, frame)
        tcp = packet.data
        if not isinstance(tcp, dpkt.tcp.TCP):
            return None
        return Segment(
            at=at,
            source=(_address(packet.src), tcp.sport),
            target=(_address(packet.dst), tcp.dport),
            sequence=tcp.seq,
            syn=bool(tcp.flags & dpkt.tcp.TH_SYN),
            ack=bool(tcp.flags & dpkt.tcp.TH_ACK),
            payload=bytes(tcp.data),
        )
    except _DAMAGE:
        return None


def _packet(link: int, frame: bytes) -> Any:
    """The IP packet of a frame."""
    match link:
        case dpkt.pcap.DLT_EN10MB:
            return dpkt.ethernet.Ethernet(frame).data
        case dpkt.pcap.DLT_LINUX_SLL:
            return dpkt.sll.SLL(frame).data
        case 276:
            return dpkt.sll2.SLL2(frame).data
        case dpkt.pcap.DLT_NULL | dpkt.pcap.DLT_LOOP:
            return dpkt.loopback.Loopback(frame).data
    raw = frame if link in _RAW_IP else b""
    return dpkt.ip6.IP6(raw) if raw[:1] and raw[0] >> 4 == 6 else dpkt.ip.IP(raw)


def _address(raw: bytes) -> str:
    return str(ip_address(raw))
