"""File locks beside a SQLite ledger, one file per cluster: the kernel ends them with their process."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from remediate.errors import JournalError, Locked


def hold(ledger: Path, cluster: str, holder: Callable[[], str]) -> int:
    """Lock the cluster's file; the descriptor to keep open.

    Raises Locked with the words of `holder`, JournalError where the disk has no file locks (safety F026).
    """
    descriptor = _open(_lock_file(ledger, cluster))
    ours = False
    try:
        ours = _locked(descriptor, ledger.parent)
    finally:
        if not ours:
            os.close(descriptor)
    if not ours:
        raise Locked(holder())
    return descriptor


def is_held(ledger: Path, cluster: str) -> bool:
    """Whether a living process holds it."""
    try:
        descriptor = os.open(_lock_file(ledger, cluster), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise JournalError(f"cannot read {_lock_file(ledger, cluster)}: {error.strerror}") from error
    try:
        return not _locked(descriptor, ledger.parent)
    finally:
        os.close(descriptor)


def release(descriptor: int | None) -> None:
    """End it."""
    if descriptor is not None:
        os.close(descriptor)


def _locked(descriptor: int, directory: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        hint = "keep the ledger on a local disk or in PostgreSQL"
        raise JournalError(f"{directory} has no file locks ({error.strerror}); {hint}") from error
    return True


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(f"cannot create {path}: {error.strerror}") from error


def _lock_file(ledger: Path, cluster: str) -> Path:
    mark = hashlib.sha256(cluster.encode()).hexdigest()[:16]
    return ledger.with_name(f"{ledger.name}.{mark}.lock")
