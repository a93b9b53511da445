"""Files of people, read whole as long as they are no larger than such a file can be."""

from __future__ import annotations

import codecs
from pathlib import Path

from remediate.errors import InputError

MEBIBYTE = 1 << 20
MOST_STORED = 1 << 29
"""Bytes of what this tool writes itself, such as the capture of a very large fleet."""


def read_bounded(path: Path, most: int, kind: type[InputError]) -> bytes:
    """All bytes of a file of at most `most` bytes. Raises `kind` where it is larger or cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise kind(f"cannot be read: {error.strerror}", path=str(path)) from error
    if len(data) > most:
        raise kind(f"larger than {most // MEBIBYTE} MiB", path=str(path))
    return data


def decoded(data: bytes, path: str, kind: type[InputError]) -> str:
    """Text of UTF-8, with or without a byte order mark. Raises `kind` with the first byte that is something else."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        hint = f"this is UTF-16: iconv -f UTF-16 -t UTF-8 {path} > NEW" if wide else ""
        raise kind(f"not UTF-8 at byte {error.start}", path=path, hint=hint) from error


def is_file(path: Path) -> bool:
    """Whether there is such a file; no as well for a name that none can have: opening it then tells why."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """The same for a folder."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_there(path: Path) -> bool:
    """The same for whatever has that name."""
    try:
        return path.exists()
    except OSError:
        return False
