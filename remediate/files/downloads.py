"""Bundles as they come: under a name of our own making, for its owner alone, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from remediate.errors import CaptureError

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MAGIC = ((b"\x1f\x8b", ".tar.gz"), (b"PK", ".zip"))
LONGEST = 60


def folder(path: Path) -> Path:
    """Made where it is not there, 0700. Raises `CaptureError`."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CaptureError(f"cannot be made: {error.strerror}", path=str(path)) from error
    return path


def receive(into: Path, host: str, at: datetime, send: Callable[[Callable[[bytes], object]], None]) -> Path:
    """What `send` gives piece by piece as a file in `into`; what it is its first bytes say, not the device.

    A download that breaks off leaves nothing. Raises `CaptureError` where the disk refuses or no archive came,
    and whatever `send` raises.
    """
    part = into / f".{slug(host)}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            send(file.write)
        with part.open("rb") as file:
            first = file.read(4)
        ending = next((ending for magic, ending in _MAGIC if first.startswith(magic)), None)
        if ending is None:
            raise CaptureError(f"{host} sent no archive: it begins with {first!r}", path=str(into))
        whole = into / f"diagnostic_log_{slug(host)}_{at:%Y%m%dT%H%M%SZ}{ending}"
        part.replace(whole)
    except OSError as error:
        raise CaptureError(f"cannot be written: {error.strerror}", path=str(part)) from error
    finally:
        part.unlink(missing_ok=True)
    return whole


def slug(name: str) -> str:
    """A file name of a device's name: what could lead elsewhere is replaced, and then a digest keeps it apart."""
    plain = _UNSAFE.sub("-", name).strip(".-")[:LONGEST]
    return plain if plain and plain == name else f"{plain or 'host'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
