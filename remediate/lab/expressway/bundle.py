"""The diagnostic bundle of a peer: its logs and its settings."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

from remediate.lab.world import Peer


def archive(peer: Peer, directory: Path, form: str) -> bytes:
    """As a tar.gz or a zip: the texts name both."""
    members = {"xconf_dump.txt": _dump(peer), **_logs(peer, directory)}
    out = io.BytesIO()
    if form == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, body in members.items():
                bundle.writestr(name, body)
        return out.getvalue()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, body in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    return out.getvalue()


def _dump(peer: Peer) -> bytes:
    lines = (f'*c xConfiguration {path}: "{value}"\n' for path, value in sorted(peer.settings.items()))
    return "".join(lines).encode()


def _logs(peer: Peer, directory: Path) -> dict[str, bytes]:
    kept = sorted((directory / "logs" / peer.name).glob("*.log"))
    return {f"loggingsnapshot_{peer.name}/{path.name}": path.read_bytes() for path in kept}
