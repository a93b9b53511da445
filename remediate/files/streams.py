"""Streams that hold what they promise: counted, bounded, forward only."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, Protocol

MOST_AT_ONCE = 8 << 20
"""Bytes that a format may ask for in one read. A header that claims more is a trap (K10)."""
BLOCK = 4 << 20
PIECE = 1 << 14
"""Bytes that an unpacker is asked for at a time: no more are lost where its packed ones are damaged."""
RATIO = 400
"""Inflated bytes per packed one. Repetitive logs reach 100; DEFLATE's end is 1032, where bombs live (B072)."""
RATIO_FROM = 64 << 20
MOST_INFLATED = 32 << 30


DAMAGED = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError,
    OverflowError, LookupError, struct.error,
)  # fmt: skip
"""What the archive libraries raise on files that somebody damaged."""


class Unreadable(Exception):
    """Why a file or a member is not read, or not read to its end. Its text goes into a note."""


class Source(Protocol):
    """What can be read."""

    def read(self, size: int = ..., /) -> bytes:
        """At most so many bytes; none at the end."""


class Yielding(Protocol):
    """What can be read piece by piece."""

    def read1(self, size: int, /) -> bytes:
        """At most so many bytes, as soon as there are any; none at the end."""


class Counted(io.RawIOBase):
    """A file whose bytes are counted as they are read, in reads of bounded size."""

    def __init__(self, file: BinaryIO, told: Callable[[int], None]) -> None:
        self._file, self._told = file, told

    def read(self, size: int = -1, /) -> bytes:
        """At most MOST_AT_ONCE bytes; asking for all gets an error where that is more."""
        if size > MOST_AT_ONCE:
            raise Unreadable("damaged: a header claims more than any log holds")
        data = self._file.read(size if size >= 0 else MOST_AT_ONCE + 1)
        if len(data) > MOST_AT_ONCE:
            raise Unreadable("damaged: its directory is larger than any bundle's")
        self._told(len(data))
        return data

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """As the file is."""
        return self._file.seekable()

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Of the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Of the file."""
        return self._file.tell()


class Inflated:
    """What an unpacker yields, as long as it is in proportion to what was packed."""

    def __init__(self, unpacked: Yielding, packed: Callable[[], int]) -> None:
        self._unpacked, self._packed, self._size = unpacked, packed, 0

    def read(self, size: int = BLOCK, /) -> bytes:
        """Raises Unreadable where it grows out of proportion."""
        data = self._unpacked.read1(min(size, PIECE))
        self._size += len(data)
        if self._size > MOST_INFLATED or (self._size > RATIO_FROM and self._size > RATIO * max(self._packed(), 1)):
            raise Unreadable(f"unpacks out of proportion (beyond {self._size >> 20} MB): taken for a bomb, left there")
        return data


class Pieces:
    """A member of an archive, given out as it comes: what stands before damage is not lost with it."""

    def __init__(self, content: Yielding) -> None:
        self._content = content

    def read(self, size: int = BLOCK, /) -> bytes:
        """At most so many bytes."""
        return self._content.read1(min(size, PIECE))


class Gathered:
    """Pieces as whole blocks. Damage behind some of them is raised at the next reading, after them."""

    def __init__(self, stream: Source) -> None:
        self._stream, self._back = stream, b""
        self._damage: Exception | None = None

    def read(self, size: int = BLOCK, /) -> bytes:
        """Exactly so many bytes, but for the end of the stream and before damage."""
        parts: list[bytes] = []
        while size > 0 and (part := self._piece(size, first=not parts)):
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _piece(self, size: int, *, first: bool) -> bytes:
        if self._back:
            piece, self._back = self._back[:size], self._back[size:]
            return piece
        try:
            if self._damage is None:
                return self._stream.read(min(size, BLOCK))
        except (*DAMAGED, Unreadable) as damage:
            self._damage = damage
        if first and self._damage is not None:
            raise self._damage
        return b""


class Forward(io.RawIOBase):
    """Lets `tarfile` skip ahead in a stream, and keeps it from reading a header of any size.

    `last` is what was read last: at the end of a sound archive, zeros or nothing.
    """

    def __init__(self, stream: Source) -> None:
        self._stream, self._at, self.last = Gathered(stream), 0, b""

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Exactly so many bytes, but for the end of the stream."""
        if not 0 <= size <= MOST_AT_ONCE:
            raise Unreadable("damaged: a header claims more than any bundle holds")
        self.last = self._stream.read(size)
        self._at += len(self.last)
        return self.last

    def tell(self) -> int:
        """Bytes read or skipped."""
        return self._at

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Ahead only."""
        if whence or offset < self._at:
            raise Unreadable("damaged: an entry points back")
        while self._at < offset and self.read(min(BLOCK, offset - self._at)):
            pass
        return self._at


class Pushed(Gathered):
    """A stream with the bytes that were read to see what it is, its `first`, put back before it."""

    def __init__(self, stream: Source, size: int = 512) -> None:
        super().__init__(stream)
        self.first = self._back = self.read(size)
