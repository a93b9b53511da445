"""PEM files for steps by hand."""

from __future__ import annotations

import re
from pathlib import Path

from remediate.files.durable import write_private
from remediate.model.certificate import Chain


def export_pem(directory: Path, name: str, certificates: Chain) -> Path:
    """Canonical PEM of exactly these certificates, 0600, under a name made safe."""
    path = directory / (re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip(".-")[:80] + ".pem")
    write_private(path, b"".join(c.pem for c in certificates))
    return path
