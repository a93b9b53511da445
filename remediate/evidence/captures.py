"""Certificates that servers presented, as one peer's packet capture saw them: evidence from its own vantage.

Up to TLS 1.2 a server's certificates travel in the clear; TLS 1.3 hides them, and then only that is known.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from remediate.evidence import handshakes
from remediate.evidence.handshakes import InOrder, Malformed, Messages
from remediate.evidence.packets import Damaged, Segment, segments
from remediate.evidence.presented import Presented
from remediate.model.certificate import Chain, EncodedCertificate

MOST_ROWS = 5_000
MOST_OPEN = 4_096
MOST_DONE = 65_536
MOST_HELD = 32 << 20
"""Bytes of connections half read, and of certificates kept."""


@dataclass
class _Half:
    bytes_in_order: InOrder = field(default_factory=InOrder)
    messages: Messages = field(default_factory=Messages)
    asks: bool = False
    """The client's."""

    @property
    def held(self) -> int:
        return self.bytes_in_order.held + self.messages.held


@dataclass
class _Connection:
    halves: dict[tuple[str, int], _Half]
    asked: str = ""
    tls: str = ""
    began: bool = False
    row: _Row | None = None

    @property
    def held(self) -> int:
        return sum(half.held for half in self.halves.values())

    @property
    def without(self) -> bool:
        """Whether the server went on, or gave up, with no certificate shown: a session taken up again shows none."""
        servers = [half.messages for half in self.halves.values() if not half.asks]
        return any(messages.alert or messages.encrypted for messages in servers)

    @property
    def unseen(self) -> bool:
        """Whether a handshake began, and packets that would have shown its outcome are not in the capture."""
        if self.row is not None or self.without or self.tls == "1.3":
            return False
        return self.began or any(half.messages.held for half in self.halves.values())


@dataclass
class _Row:
    sample: Presented
    times: int = 0
    first: datetime | None = None
    last: datetime | None = None
    refused: dict[str, None] = field(default_factory=dict)

    def add(self, at: datetime) -> None:
        self.times += 1
        self.first, self.last = min(self.first or at, at), max(self.last or at, at)

    def value(self) -> Presented:
        changes = {"times": self.times, "first": self.first, "last": self.last, "refused": tuple(self.refused)}
        return self.sample.model_copy(update=changes)


@dataclass
class CaptureReader:
    """Reads any number of captures. `incomplete` counts handshakes of which packets are missing."""

    incomplete: int = 0
    beyond: int = 0
    _rows: dict[Hashable, _Row] = field(default_factory=dict)
    _kept: int = 0

    def read(self, blocks: Iterator[bytes]) -> str:
        """One capture. Answers what was wrong with it; empty where nothing was."""
        following = _Following(self)
        try:
            for segment in segments(blocks):
                following.segment(segment)
        except Damaged as error:
            return f"damaged capture, read as far as it goes: {error}"
        finally:
            self.incomplete += following.unfinished()
        return ""

    def presented(self) -> tuple[Presented, ...]:
        """By server, port and client; the same order for the same captures."""
        found = (row.value() for row in self._rows.values())
        return tuple(sorted(found, key=lambda p: (p.address, p.port, p.client, p.first)))

    def row(
        self, connection: _Connection, ends: tuple[tuple[str, int], str], chain: Chain, at: datetime
    ) -> _Row | None:
        """Counts one handshake."""
        (address, port), client = ends
        key = (client, address, port, connection.asked, connection.tls, tuple(c.sha256 for c in chain))
        row = self._rows.get(key)
        if row is None:
            size = sum(len(c.der) for c in chain)
            if len(self._rows) >= MOST_ROWS or self._kept + size > MOST_HELD:
                self.beyond += 1
                return None
            self._kept += size
            sample = Presented(
                client=client, address=address, port=port, asked=connection.asked, tls=connection.tls, chain=chain,
                times=1, first=at, last=at,
            )  # fmt: skip
            row = self._rows[key] = _Row(sample)
        row.add(at)
        return row


@dataclass
class _Following:
    """The connections of one capture."""

    reader: CaptureReader
    _open: dict[Hashable, _Connection] = field(default_factory=dict)
    _done: dict[Hashable, None] = field(default_factory=dict)
    _held: int = 0
    _lost: int = 0

    def segment(self, segment: Segment) -> None:
        """Follow it to its connection."""
        key = (min(segment.source, segment.target), max(segment.source, segment.target))
        if segment.syn and not segment.ack:
            self._close(key)
            self._done.pop(key, None)
        if key in self._done or not (segment.payload or segment.syn):
            return
        connection = self._open.get(key)
        if connection is None:
            connection = self._opened(key, segment)
        before = connection.held
        ended = self._step(connection, segment)
        self._held += connection.held - before
        if ended:
            self._finish(key)

    def unfinished(self) -> int:
        """Handshakes that began and never showed what they would."""
        return self._lost + sum(connection.unseen for connection in self._open.values())

    def _opened(self, key: Hashable, segment: Segment) -> _Connection:
        while self._open and (len(self._open) >= MOST_OPEN or self._held > MOST_HELD):
            self._close(next(iter(self._open)))
        self._open[key] = connection = _Connection({segment.source: _Half(), segment.target: _Half()})
        return connection

    def _step(self, connection: _Connection, segment: Segment) -> bool:
        """True where nothing more is to be learnt from the connection."""
        half = connection.halves.get(segment.source)
        if half is None or half.messages.ended:
            return half is None
        if segment.syn:
            half.bytes_in_order.begin(segment.sequence)
            return False
        for kind, body in half.messages.feed(half.bytes_in_order.feed(segment.sequence, segment.payload)):
            try:
                self._message(connection, segment, kind, body)
            except Malformed:
                half.messages.end()
        if half.messages.alert and connection.row is not None:
            connection.row.refused.setdefault(half.messages.alert)
        return connection.tls == "1.3" or self._over(connection, half)

    @staticmethod
    def _over(connection: _Connection, half: _Half) -> bool:
        """Its certificates are known and one side encrypts, none will come any more, or it never was TLS."""
        known = connection.row is not None or not connection.began or connection.without
        return half.messages.ended and known

    def _message(self, connection: _Connection, segment: Segment, kind: int, body: bytes) -> None:
        match kind:
            case handshakes.CLIENT_HELLO:
                connection.began = connection.halves[segment.source].asks = True
                connection.asked = handshakes.server_name(body)
            case handshakes.SERVER_HELLO:
                connection.tls = handshakes.version(body)
                if connection.tls == "1.3":
                    self._row(connection, segment, ())
            case handshakes.CERTIFICATE if connection.tls and connection.row is None:
                chain = tuple(EncodedCertificate(der=der) for der in handshakes.certificates(body))
                self._row(connection, segment, chain)

    def _row(self, connection: _Connection, segment: Segment, chain: Chain) -> None:
        connection.row = self.reader.row(connection, (segment.source, segment.target[0]), chain, segment.at)

    def _finish(self, key: Hashable) -> None:
        self._close(key)
        self._done[key] = None
        if len(self._done) > MOST_DONE:
            del self._done[next(iter(self._done))]

    def _close(self, key: Hashable) -> None:
        connection = self._open.pop(key, None)
        if connection is not None:
            self._held -= connection.held
            self._lost += connection.unseen
