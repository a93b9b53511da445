"""Archives, good and wicked, in memory."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping


def tar_gz(members: Mapping[str, bytes], *odd: tarfile.TarInfo) -> bytes:
    """A tar.gz; `odd` entries carry no content."""
    return tar(members, *odd, mode="w:gz")


def tar(members: Mapping[str, bytes], *odd: tarfile.TarInfo, mode: str = "w") -> bytes:
    """A tar."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for entry in odd:
            archive.addfile(entry)
        for name, body in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return out.getvalue()


def tar_entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """A link, a device."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()
