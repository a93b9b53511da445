"""What each node is known by, in words."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping

from remediate.model.inventory import Host, Inventory
from remediate.report.sanitize import page


def pinned(inventory: Inventory, verified: Mapping[str, str], file: str) -> str:
    """One block per node; `verified` says of which nodes the pins stand in `file`, and who typed them."""
    return page(
        line for cluster in inventory.clusters for host in cluster.hosts for line in _host(host, verified, file)
    )


def _host(host: Host, verified: Mapping[str, str], file: str) -> Iterator[str]:
    source = f"{file}, {verified[host.name]}" if host.name in verified else "clusters.yml"
    yield f"{host.name}  {host.address}  ({source})"
    for line in host.ssh_host_key.splitlines():
        yield f"    SSH host key  {_ssh(line)}"
    certificates = dict.fromkeys((*host.tls_sha256, *(c.sha256 for c in host.tls_certificates)))
    for sha256 in certificates:
        yield f"    certificate   {_spelled(bytes.fromhex(sha256))}  ({sha256})"
    if not (host.ssh_host_key or certificates):
        yield "    nothing pinned: it is not connected to"


def _ssh(line: str) -> str:
    kind, body, *_ = (*line.split(), "")
    try:
        return f"{kind} {_spelled(hashlib.sha256(base64.b64decode(body, validate=True)).digest())}"
    except binascii.Error:
        return f"{kind} (unreadable)"


def _spelled(digest: bytes) -> str:
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
