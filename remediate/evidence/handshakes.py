"""One direction of one connection: TCP segments put in order, and the TLS handshake that stands in them in the clear.

RFC 5246 §6.2 and §7.4, RFC 8446 §4.1.3. Strict and bounded: whatever is not a handshake ends the reading.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_PENDING, MOST_SEGMENTS = 1 << 16, 64
"""Bytes and segments that wait for one that is missing."""
LONGEST_MESSAGE = 1 << 17
"""A chain of ten certificates with a hundred names each is 30 KB."""
LONGEST_RECORD = (1 << 14) + 2048
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE = 20, 21, 22
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 1, 2, 11
ALERTS = {
    40: "handshake failure",
    42: "bad certificate",
    43: "unsupported certificate",
    44: "certificate revoked",
    45: "certificate expired",
    46: "certificate unknown",
    48: "unknown ca",
    70: "protocol version",
    71: "insufficient security",
    112: "unrecognized name",
    116: "certificate required",
}
VERSIONS = {0x0300: "SSL 3", 0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}
_MASK = 0xFFFFFFFF


class Malformed(Exception):
    """Not a handshake, or no longer one that can be read."""


@dataclass
class InOrder:
    """Segments → bytes in their order, each once. What came first counts."""

    expected: int | None = None
    held: int = 0
    _pending: dict[int, bytes] = field(default_factory=dict)

    def feed(self, sequence: int, payload: bytes) -> bytes:
        """What can be read now. A connection met half-way is read from a segment that begins a record."""
        if self.expected is None:
            if payload[:2] != b"\x16\x03":
                return b""
            self.expected = sequence
        ahead = (sequence - self.expected) & _MASK
        if 0 < ahead < 1 << 31:
            room = self.held + len(payload) <= MOST_PENDING and len(self._pending) < MOST_SEGMENTS
            if room and sequence not in self._pending:
                self._pending[sequence] = payload
                self.held += len(payload)
            return b""
        return self._take(sequence, payload) + self._drained()

    def begin(self, sequence: int) -> None:
        """A SYN."""
        self.expected = (sequence + 1) & _MASK

    def _take(self, sequence: int, payload: bytes) -> bytes:
        """What of a segment at or before the expected place is new."""
        assert self.expected is not None
        new = payload[(self.expected - sequence) & _MASK :]
        self.expected = (self.expected + len(new)) & _MASK
        return new

    def _drained(self) -> bytes:
        """Held segments whose turn has come, in turn."""
        parts: list[bytes] = []
        while self._pending:
            assert self.expected is not None
            first = min(self._pending, key=lambda s: (s - (self.expected or 0) + (1 << 31)) & _MASK)
            if 0 < (first - self.expected) & _MASK < 1 << 31:
                break
            payload = self._pending.pop(first)
            self.held -= len(payload)
            parts.append(self._take(first, payload))
        return b"".join(parts)


@dataclass
class Messages:
    """TLS records → handshake messages and alerts, up to where encryption begins."""

    ended: bool = False
    encrypted: bool = False
    """Ended by the record after which nothing is in the clear."""
    alert: str = ""
    _records: bytearray = field(default_factory=bytearray)
    _handshake: bytearray = field(default_factory=bytearray)

    @property
    def held(self) -> int:
        """Bytes in hand."""
        return len(self._records) + len(self._handshake)

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Messages (type, body) that are whole now."""
        self._records += data
        found: list[tuple[int, bytes]] = []
        try:
            while not self.ended and self._record():
                found += self._whole()
        except Malformed:
            self.end()
        return found

    def end(self) -> None:
        """Nothing more is read."""
        self.ended = True
        self._records.clear()
        self._handshake.clear()

    def _record(self) -> bool:
        """Takes one record; False where none is whole yet."""
        if len(self._records) < 5:
            return False
        kind, major, size = self._records[0], self._records[1], int.from_bytes(self._records[3:5])
        self.encrypted = kind == CHANGE_CIPHER_SPEC and major == 3
        if kind not in (ALERT, HANDSHAKE) or major != 3 or not 0 < size <= LONGEST_RECORD:
            raise Malformed
        if len(self._records) < 5 + size:
            return False
        body = bytes(self._records[5 : 5 + size])
        del self._records[: 5 + size]
        if kind == ALERT:
            self.alert = ALERTS.get(body[1], f"alert {body[1]}") if len(body) == 2 else ""
            raise Malformed
        self._handshake += body
        return True

    def _whole(self) -> list[tuple[int, bytes]]:
        found: list[tuple[int, bytes]] = []
        at = 0
        while len(self._handshake) - at >= 4:
            size = int.from_bytes(self._handshake[at + 1 : at + 4])
            if size > LONGEST_MESSAGE:
                raise Malformed
            if len(self._handshake) - at < 4 + size:
                break
            found.append((self._handshake[at], bytes(self._handshake[at + 4 : at + 4 + size])))
            at += 4 + size
        del self._handshake[:at]
        return found


def server_name(hello: bytes) -> str:
    """The name that a ClientHello asks for; empty where it asks for none. Raises Malformed."""
    body = _Reader(hello)
    body.take(34)
    body.vector(1)
    body.vector(2)
    body.vector(1)
    names = _extensions(body).get(0)
    if names is None:
        return ""
    entries = _Reader(_Reader(names).vector(2))
    kind, name = entries.take(1), entries.vector(2)
    return name.decode("ascii", "backslashreplace") if kind == b"\0" else ""


def version(hello: bytes) -> str:
    """What a ServerHello settles on. Raises Malformed."""
    body = _Reader(hello)
    legacy = int.from_bytes(body.take(2))
    body.take(32)
    body.vector(1)
    body.take(3)
    chosen = _extensions(body).get(43)
    return VERSIONS.get(int.from_bytes(chosen) if chosen else legacy, "unknown")


def certificates(message: bytes) -> tuple[bytes, ...]:
    """DER of each certificate of a Certificate message of TLS 1.2 and before, in its order. Raises Malformed."""
    body = _Reader(message)
    chain = _Reader(body.vector(3))
    if body.left:
        raise Malformed
    found: list[bytes] = []
    while chain.left:
        found.append(chain.vector(3))
    return tuple(found)


def _extensions(body: _Reader) -> dict[int, bytes]:
    if not body.left:
        return {}
    block, found = _Reader(body.vector(2)), {}
    while block.left:
        kind = int.from_bytes(block.take(2))
        found[kind] = block.vector(2)
    return found


class _Reader:
    """Takes bytes off the front; Malformed where there are too few."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise Malformed
        found = self._data[self._at : self._at + size]
        self._at += size
        return found

    def vector(self, width: int) -> bytes:
        return self.take(int.from_bytes(self.take(width)))
