"""Files that are there whole, or not at all, and that nobody else reads."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from remediate.errors import InputError


def write_private(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write 0600, or with another mode: a temporary file beside the target, fsync, rename, fsync of the directory.

    A pipe or device that stands there is written to, never replaced. Raises `InputError` naming the path when the
    disk refuses; an existing file is then intact.
    """
    if _is_stream(path):
        try:
            path.write_bytes(data)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", path=str(path)) from error
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(temporary, data, mode)
        temporary.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror}", path=str(path)) from error


def _is_stream(path: Path) -> bool:
    """A pipe, a device, a folder, or `/dev/stdout`, which may lead to a file and is none itself."""
    try:
        led = path.is_symlink() and path.readlink().is_relative_to("/proc")
        return led or (path.exists() and not path.is_file())
    except OSError:  # a name that no file can have: opening it tells why
        return False


def _write(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        os.fchmod(descriptor, mode)
        stream.write(data)
        stream.flush()
        os.fsync(descriptor)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
