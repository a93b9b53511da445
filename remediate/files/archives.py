"""Archives read member by member, never extracted (K10, B070-B075).

What a file is, its first bytes say, not its name: a bundle that was announced as tar.gz has come as a zip.
"""

from __future__ import annotations

import gzip
import io
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from remediate.evidence.notes import Notes
from remediate.files.streams import BLOCK, DAMAGED, MOST_AT_ONCE, Forward, Inflated, Pieces, Pushed, Source, Unreadable

MOST_MEMBERS = 20_000
LONGEST_NAME = 1_000
DEEPEST = 5
"""Layers in layers: a folder of nodes, zipped, whose bundles (gzip, tar) hold rotated logs (gzip)."""
ENCRYPTED = "encrypted Expressway backup, not a log"
_ESCAPES = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:")


@dataclass(frozen=True)
class Where:
    """A stream's place, for people; its own name; how deep it is packed; whether the operator named this very file."""

    place: str
    name: str
    named: bool
    deep: int = 0

    def inside(self, name: str) -> Where:
        """A member's."""
        return Where(f"{self.place}: {name}", name, named=False, deep=self.deep + 1)


@dataclass(frozen=True)
class Member:
    """A file, or a member of an archive. To be read before the next one is asked for.

    `first` are the bytes it begins with.
    """

    place: str
    name: str
    named: bool
    first: bytes
    stream: Source
    notes: Notes

    def blocks(self) -> Iterator[bytes]:
        """All of it. What is damaged ends early, and is noted; it never raises."""
        try:
            while block := self.stream.read(BLOCK):
                yield block
        except Unreadable as error:
            self.notes.add(self.place, str(error))
        except DAMAGED as error:
            self.notes.add(self.place, f"damaged, read as far as it goes: {error}")


@dataclass(frozen=True)
class Opener:
    """Takes a stream apart. `wanted` sees the name of each member of an archive before it is read."""

    notes: Notes
    wanted: Callable[[str], bool]

    def members(self, where: Where, source: Source) -> Iterator[Member]:
        """The stream itself, or what it packs, at any depth that makes sense."""
        place = where.place
        try:
            yield from self._members(where, source)
        except Unreadable as error:
            self.notes.add(place, str(error))
        except DAMAGED as error:
            self.notes.add(place, f"damaged archive, read as far as it goes: {error}")

    def _members(self, where: Where, source: Source) -> Iterator[Member]:
        stream, name = Pushed(source), where.name.lower()
        kind = _kind(stream.first, name)
        if kind == "encrypted":
            raise Unreadable(ENCRYPTED)
        if kind != "plain" and where.deep == DEEPEST:
            raise Unreadable(f"an archive in an archive, {DEEPEST} deep: not opened")
        match kind:
            case "gzip":
                yield from self._gunzipped(where, stream)
            case "tar":
                yield from self._tar(where, stream)
            case "zip":
                yield from self._zip(where, source, stream)
            case _:
                if name.endswith((".gz", ".tgz", ".zip", ".tar")) and stream.first and not where.deep:
                    self.notes.add(where.place, "is not what its name says: read as text", lost=False)
                yield Member(where.place, where.name, where.named, stream.first, stream, self.notes)

    def _gunzipped(self, where: Where, stream: Pushed) -> Iterator[Member]:
        packed = _Tally(stream)
        with gzip.GzipFile(fileobj=cast("io.BufferedReader", packed)) as unpacked:
            yield from self._members(replace(where, deep=where.deep + 1), Inflated(unpacked, lambda: packed.size))

    def _tar(self, where: Where, stream: Pushed) -> Iterator[Member]:
        seen: set[str] = set()
        forward = Forward(stream)
        with tarfile.open(fileobj=cast("io.BufferedReader", forward), mode="r:") as archive:
            while (entry := archive.next()) is not None:
                cast("Any", archive).members.clear()  # tarfile would keep them all, with headers of any size
                plain = entry.isreg() and entry.sparse is None
                inside = where.inside(entry.name)
                if what := self._objection(entry.name, seen, plain or entry.isdir()):
                    self.notes.add(inside.place, what)
                elif plain and self.wanted(entry.name):
                    content = archive.extractfile(entry)
                    if content is not None:
                        yield from self.members(inside, Pieces(cast("io.BufferedReader", content)))
        if forward.last.strip(b"\0"):  # tarfile takes a head that it cannot read for the end
            raise Unreadable("damaged archive: the head of a member cannot be read, and the rest is left")

    def _zip(self, where: Where, source: Source, stream: Pushed) -> Iterator[Member]:
        seen: set[str] = set()
        with zipfile.ZipFile(_seekable(source, stream)) as archive:
            for entry in archive.infolist():
                plain = stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG, stat.S_IFDIR)
                if what := self._objection(entry.orig_filename, seen, plain):
                    self.notes.add(where.inside(entry.orig_filename).place, what)
                elif not entry.is_dir() and self.wanted(entry.filename):
                    yield from self._unzipped(where.inside(entry.filename), archive, entry)

    def _unzipped(self, inside: Where, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[Member]:
        try:
            content = archive.open(entry)
        except DAMAGED as error:
            self.notes.add(inside.place, f"damaged or encrypted member: {error}")
            return
        with content:
            yield from self.members(inside, Inflated(cast("io.BufferedReader", content), lambda: entry.compress_size))

    def _objection(self, name: str, seen: set[str], plain: bool) -> str:
        """Why a member is not read; counts it. Raises Unreadable where there are too many."""
        if len(seen) >= MOST_MEMBERS:
            raise Unreadable(f"more than {MOST_MEMBERS} members: the rest is left")
        name = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…{len(seen)}"
        if name in seen:
            return "a second member of this name: refused"
        seen.add(name)
        if len(name) > LONGEST_NAME or _ESCAPES.search(name) or "\0" in name:
            return "a name that leads out of the archive: refused"
        return "" if plain else "a link or a device: refused"


def _kind(first: bytes, name: str) -> str:
    if first.startswith(b"Salted__") or name.lower().endswith(".enc"):
        return "encrypted"
    if first.startswith(b"\x1f\x8b"):
        return "gzip"
    if first.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    return "tar" if first[257:262] == b"ustar" else "plain"


class _Tally:
    """Counts the packed bytes that an unpacker has consumed."""

    def __init__(self, stream: Source) -> None:
        self._stream, self.size = stream, 0

    def read(self, size: int = BLOCK, /) -> bytes:
        data = self._stream.read(size if size >= 0 else BLOCK)
        self.size += len(data)
        return data


def _seekable(source: Source, stream: Pushed) -> io.BufferedReader:
    """A zip's directory stands at its end: a file is seeked, a stream is held in memory while that is small."""
    if isinstance(source, io.IOBase) and source.seekable():
        source.seek(0)
        return cast("io.BufferedReader", source)
    data = stream.read(MOST_ZIP_IN_MEMORY + 1)
    if len(data) > MOST_ZIP_IN_MEMORY:
        raise Unreadable("a large zip inside an archive or a pipe: give it as a file of its own")
    return cast("io.BufferedReader", io.BytesIO(data))


MOST_ZIP_IN_MEMORY = 4 * MOST_AT_ONCE
