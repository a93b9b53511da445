"""Diagnostic bundles, folders and files as a stream of members, each to be read once."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from remediate.errors import CaptureError
from remediate.evidence.notes import Notes
from remediate.files.archives import Member, Opener, Where
from remediate.files.reading import is_file, is_folder, is_there
from remediate.files.streams import Counted

STDIN = "-"
LOOKED_AT = re.compile(
    r"(?:^|[/\\])[^/\\]*?(?:\.(?:log|txt|out|err|old|pcapng|pcap|cap|dmp|pem|crt|tar|tgz|zip|enc)\d*|^[^./\\]+)"
    r"(?:[._-]\d+)*(?:\.gz)?$",
    re.IGNORECASE,
)
"""Names of members that may hold logs, captures of packets, settings or certificates; rotated ones too."""


def looked_at(name: str) -> bool:
    """Whether a member of this name is read. A file that the operator names is read whatever its name."""
    return LOOKED_AT.search(name) is not None


def size_of(paths: Sequence[str]) -> int:
    """Bytes that reading all of them takes from the disk; 0 where a pipe makes it unknown."""
    files = [] if STDIN in paths else list(_files(paths, Notes()))
    return sum(path.stat().st_size for path, _ in files if is_file(path))


def members(
    paths: Sequence[str], notes: Notes, stdin: Callable[[], BinaryIO], told: Callable[[int], None] = lambda _: None
) -> Iterator[Member]:
    """Every member of files, folders, bundles and of `-`, one after the other; `told` hears of bytes read.

    A file that is named twice, or lies in a folder that is named too, is read once.

    Raises CaptureError, before anything is read, where a path leads nowhere. What is wrong inside goes into `notes`.
    """
    for text in paths:
        if text != STDIN and not os.access(text, os.R_OK):
            what = "cannot be read" if is_there(Path(text)) else "no such file or folder"
            raise CaptureError(what, path=text, hint="give logs, folders or diagnostic bundles")
    opener = Opener(notes, looked_at)
    seen: set[tuple[int, int]] = set()
    for path, named in _files(paths, notes):
        if str(path) == STDIN:
            yield from opener.members(Where("standard input", STDIN, named=True), Counted(stdin(), told))
            continue
        if not (named or looked_at(path.name)):
            continue
        try:
            file = path.open("rb")
        except OSError as error:
            notes.add(str(path), f"cannot be read: {error.strerror}")
            continue
        with file:
            identity = os.fstat(file.fileno())
            if (identity.st_dev, identity.st_ino) in seen:
                continue
            seen.add((identity.st_dev, identity.st_ino))
            yield from opener.members(Where(str(path), path.name, named), Counted(file, told))


def _files(paths: Sequence[str], notes: Notes) -> Iterator[tuple[Path, bool]]:
    """Files in the order given, those of a folder by name; whether the operator named it himself."""
    for text in paths:
        if text != STDIN and is_folder(Path(text)):
            yield from ((found, False) for found in _inside(Path(text), notes))
        else:
            yield Path(text), True


def _inside(folder: Path, notes: Notes) -> Iterator[Path]:
    """Regular files at any depth; links are not followed."""

    def closed(error: OSError) -> None:
        notes.add(str(error.filename), f"cannot be read: {error.strerror}")

    for where, folders, names in os.walk(folder, onerror=closed):
        folders.sort()
        yield from filter(_regular, (Path(where, name) for name in sorted(names)))


def _regular(path: Path) -> bool:
    """A file of its own: no link that leads elsewhere, no pipe that would wait for ever."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
