"""The diagnostic bundle of a peer: logs, dumps of configuration and status, its certificates, and its packets.

Names of members as engineers see them in the field; the vendor's texts give none.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from remediate.lab.expressway.status import ELEMENTS, View
from remediate.lab.expressway.tree import configuration, status
from remediate.lab.pki import pem
from remediate.lab.world import Peer


def archive(view: View, directory: Path, form: str) -> bytes:
    """As a tar.gz or a zip: the texts name both."""
    members = _members(view, directory)
    out = io.BytesIO()
    if form == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, body in members.items():
                bundle.writestr(name, body)
        return out.getvalue()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, body in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(body), int(view[0].now())
            tar.addfile(entry, io.BytesIO(body))
    return out.getvalue()


def _members(view: View, directory: Path) -> dict[str, bytes]:
    world, _, peer = view
    at = f"{peer.name}_{datetime.fromtimestamp(world.now(), UTC):%Y-%m-%d_%H_%M_%S}"
    packets = {f"eth0_diagnostic_logging_tcpdump0_{at}.pcap": peer.packets} if peer.packets else {}
    return {
        f"xconf_dump_{at}.txt": _text(configuration(sorted(peer.settings.items()))),
        f"xstat_dump_{at}.txt": _text(line for name, tree in ELEMENTS.items() for line in status(name, tree(view))),
        f"ca_{at}.pem": peer.listed,
        f"server_{at}.pem": pem(*peer.tls.chain),
        **_logs(peer, directory),
        **packets,
    }


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _logs(peer: Peer, directory: Path) -> dict[str, bytes]:
    kept = sorted((directory / "logs" / peer.name).glob("*.log"))
    return {f"loggingsnapshot_{peer.name}/{path.name}": path.read_bytes() for path in kept}
