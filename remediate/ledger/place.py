"""Where the SQLite file lies: a private file in a directory that nobody else can write."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from remediate.errors import JournalError


def prepare(path: Path) -> tuple[int, int]:
    """Create directory (0700) and file (0600) where missing, refuse unsafe ones; device and inode of the file."""
    try:
        _prepare_directory(path.parent)
        _prepare_file(path)
        return identity(path)
    except OSError as error:
        raise JournalError(f"cannot keep a ledger at {path}: {error.strerror}") from error


def inspect(path: Path) -> None:
    """Raises JournalError where `prepare` would; makes nothing."""
    directory = path.parent
    try:
        if directory.is_symlink() or directory.exists():
            _safe_directory(directory)
        else:
            _has_parent(directory)
        if path.is_symlink() or path.exists():
            identity(path)
        elif not os.access(directory if directory.exists() else directory.parent, os.W_OK | os.X_OK):
            raise JournalError(f"cannot keep a ledger at {path}: nothing can be written there")
    except OSError as error:
        raise JournalError(f"cannot keep a ledger at {path}: {error.strerror}") from error


def identity(path: Path) -> tuple[int, int]:
    """Device and inode; raises JournalError when the file is gone or unsafe."""
    try:
        found = path.lstat()
    except FileNotFoundError as error:
        raise JournalError(f"the ledger {path} is gone; nothing more is written") from error
    _refuse_foreign(path, found, "600")
    if not stat.S_ISREG(found.st_mode):
        raise JournalError(f"{path} is not a regular file; give the path of a ledger")
    if found.st_mode & 0o077:
        raise JournalError(f"{path} can be read by others: chmod 600 {path}")
    return found.st_dev, found.st_ino


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prepare_directory(directory: Path) -> None:
    _has_parent(directory)
    if not directory.is_symlink() and not directory.exists():
        directory.mkdir(mode=0o700)
        sync_directory(directory.parent)
    _safe_directory(directory)


def _has_parent(directory: Path) -> None:
    if not directory.parent.is_dir():
        raise JournalError(f"{directory.parent} does not exist; create it or set REMEDIATE_LEDGER")


def _safe_directory(directory: Path) -> None:
    found = directory.lstat()
    _refuse_foreign(directory, found, "700")
    if not stat.S_ISDIR(found.st_mode):
        raise JournalError(f"{directory} is not a directory")


def _refuse_foreign(path: Path, found: os.stat_result, mode: str) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise JournalError(f"{path} is a symbolic link; name the real place of the ledger")
    if found.st_uid != os.geteuid():
        raise JournalError(f"{path} belongs to another user; keep the ledger in a directory of your own")
    if found.st_mode & 0o022:
        raise JournalError(f"{path} can be written by others: chmod {mode} {path}")


def _prepare_file(path: Path) -> None:
    if path.is_symlink() or path.exists():
        return
    flags = os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_directory(path.parent)
