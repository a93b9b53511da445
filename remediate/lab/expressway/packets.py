"""A peer's own traffic as tcpdump keeps it: real frames of the loopback device, in a pcap file.

Needs Linux and the right to open a packet socket (root, or CAP_NET_RAW). Without it a bundle holds no capture.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import socket
import struct
from collections.abc import Callable

LARGEST = 64 * 1024 * 1024
_IPV4, _OUTGOING, _ETHERNET, _SNAP = 0x0800, 4, 1, 262144
_SO_ATTACH_FILTER = 26
_LOAD_HALF, _LOAD_WORD, _JUMP_EQUAL, _RETURN = 0x28, 0x20, 0x15, 0x06


class Tap:
    """Keeps the frames from and to one address from its start to its stop, up to `LARGEST` bytes."""

    def __init__(self, address: str, now: Callable[[], float]) -> None:
        self._address, self._now = socket.inet_aton(address), now
        self._socket: socket.socket | None = None
        self._file = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _SNAP, _ETHERNET))

    def start(self) -> bool:
        """Begin; False where this machine does not allow it."""
        if not hasattr(socket, "AF_PACKET"):
            return False
        try:
            opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_IPV4))
        except PermissionError:
            return False
        opened.setblocking(False)
        _attach(opened, self._address)
        opened.bind(("lo", 0))
        asyncio.get_running_loop().add_reader(opened, self._receive)
        self._socket = opened
        return True

    def stop(self) -> bytes:
        """End; the whole pcap file."""
        opened, self._socket = self._socket, None
        if opened is not None:
            self._drain(opened)
            asyncio.get_running_loop().remove_reader(opened)
            opened.close()
        return bytes(self._file)

    def _receive(self) -> None:
        if self._socket is not None:
            self._drain(self._socket)

    def _drain(self, opened: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, (_, _, kind, *_) = opened.recvfrom(_SNAP)
                if kind != _OUTGOING:  # the loopback device shows each frame twice: as it leaves, and as it comes
                    self._keep(frame)

    def _keep(self, frame: bytes) -> None:
        if len(self._file) + len(frame) < LARGEST:
            seconds, fraction = divmod(self._now(), 1)
            self._file += struct.pack("<IIII", int(seconds), int(fraction * 1e6), len(frame), len(frame)) + frame


def _attach(opened: socket.socket, address: bytes) -> None:
    """Lets the kernel pass only IPv4 frames from or to this address (socket(7), classic BPF)."""
    wanted = int.from_bytes(address)
    program = (
        (_LOAD_HALF, 0, 0, 12),
        (_JUMP_EQUAL, 0, 5, _IPV4),
        (_LOAD_WORD, 0, 0, 26),
        (_JUMP_EQUAL, 2, 0, wanted),
        (_LOAD_WORD, 0, 0, 30),
        (_JUMP_EQUAL, 0, 1, wanted),
        (_RETURN, 0, 0, _SNAP),
        (_RETURN, 0, 0, 0),
    )
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    held = ctypes.create_string_buffer(code)
    opened.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(held)))
