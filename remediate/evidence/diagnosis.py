"""Whatever evidence there is → what failed. Knows no file: it is handed members that can be read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from remediate.evidence import texts
from remediate.evidence.failures import Failure, Tally
from remediate.evidence.log import LogReader
from remediate.evidence.notes import Note, Notes
from remediate.evidence.presented import Presented
from remediate.model.base import Value

if TYPE_CHECKING:
    from remediate.evidence.captures import CaptureReader

NOT_A_LOG = "not an Expressway diagnostic log"
TIME_INFERRED = "times without year or zone: read as UTC of the last such day"
UTF_16 = "UTF-16: decoded"
INCOMPLETE = "of some handshakes packets are missing, or were cut"
_CAPTURES = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a")
"""How captures of packets begin: pcap in both byte orders and resolutions, pcapng."""


class Evidence(Protocol):
    """A file or a member of a bundle. `named`: the operator gave this very file."""

    @property
    def place(self) -> str:
        """For people: `bundle.tar.gz: logs/traffic_server.log`."""

    @property
    def named(self) -> bool:
        """As above."""

    @property
    def first(self) -> bytes:
        """The bytes it begins with."""

    def blocks(self) -> Iterator[bytes]:
        """All of it, once. Never raises."""


class Looked(Value):
    """What was read. `logs` are those in which a line of an Expressway stood, `captures` are of packets."""

    files: int
    logs: int
    captures: int
    size: int


class Diagnosis(Value):
    """What the evidence shows. `beyond` counts refusals, and certificates, for which there was no row left."""

    failures: tuple[Failure, ...]
    presented: tuple[Presented, ...]
    looked: Looked
    notes: tuple[Note, ...]
    beyond: int = 0


@dataclass
class Diagnostician:
    """Reads members one by one. `near` dates lines that lack their year."""

    near: datetime
    notes: Notes
    _tally: Tally = field(default_factory=Tally)
    _files: int = 0
    _logs: int = 0
    _size: int = 0
    _captures: int = 0
    _packets: CaptureReader | None = None

    def read_all(self, evidence: Iterable[Evidence]) -> Diagnosis:
        """All members, each before the next is asked for."""
        for one in evidence:
            self._files += 1
            if one.first.startswith(_CAPTURES):
                self._capture(one)
            else:
                self._log(one)
        packets = self._packets
        return Diagnosis(
            failures=self._tally.failures(),
            presented=packets.presented() if packets else (),
            looked=Looked(files=self._files, logs=self._logs, captures=self._captures, size=self._size),
            notes=self.notes.all(),
            beyond=self._tally.beyond + (packets.beyond if packets else 0),
        )

    def _capture(self, one: Evidence) -> None:
        if self._packets is None:
            from remediate.evidence.captures import CaptureReader  # noqa: PLC0415 - dpkt takes 0.1 s to load

            self._packets = CaptureReader()
        self._captures += 1
        before = self._packets.incomplete
        wrong = self._packets.read(self._counted(one.blocks()))
        if wrong:
            self.notes.add(one.place, wrong)
        if self._packets.incomplete > before:
            self.notes.add(one.place, INCOMPLETE)

    def _counted(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self._size += len(block)
            yield block

    def _log(self, one: Evidence) -> None:
        reader, encoding, found = LogReader(self.near), texts.encoding_of(one.first), 0
        blocks = texts.as_utf8(one.blocks(), encoding)
        head = next(blocks, b"")
        width, blocks = texts.width_of(head), chain((head,), blocks)
        for refusal in reader.read(texts.unwrapped(blocks, width) if width else blocks):
            self._tally.add(refusal)
            found += 1
        self._size += reader.size
        self._logs += reader.expressway
        if width:
            self.notes.add(one.place, f"its lines were cut at column {width}; they were put together", lost=False)
        if encoding:
            self.notes.add(one.place, UTF_16, lost=False)
        if reader.time_inferred:
            self.notes.add(one.place, TIME_INFERRED, lost=False)
        if one.named and not reader.expressway and not found:
            self.notes.add(one.place, NOT_A_LOG)
