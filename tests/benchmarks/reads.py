"""What every client of the bench reads of every node, and how it is told which nodes there are. Standard library only:
clients run in an environment of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

SETTINGS = (
    "Administration HTTPS Status",
    "Administration SSH Mode",
    "Alternates Cluster Name",
    "Alternates ConfigurationPrimary",
    "Ciphers UcClientTLSCiphers Value",
    "Ciphers sshd_ciphers Value",
    "Ciphers sshd_kex Value",
    "Ciphers sshd_macs Value",
    "CollaborationEdge Enabled",
    "EdgeConfigServer VerifyOriginServer",
    "SystemUnit Maintenance Mode",
    "SystemUnit Name",
)
COMMANDS = tuple(f"xConfiguration {path}" for path in SETTINGS)
VALUE = "*c xConfiguration "
"""How the line of a value begins."""
END = r"\n(OK|ERROR|Command not recognized\.)\n"
"""The last line of a reply, as netmiko sees it; the pattern of its own driver no longer fits its own line ends."""
TRUST = "/api/provisioning/certs/root"
BEGIN = "-----BEGIN CERTIFICATE-----"
READY = "ready"
"""What a bench lab says when every listener answers."""
LISTED = 150
"""Certificates in every trusted CA list."""


@dataclass(frozen=True)
class Node:
    """Where a node is, how to log in, what identifies it: `host_key` as `TYPE BASE64`, `certificate` a PEM file."""

    name: str
    address: str
    ssh: int
    https: int
    user: str
    password: str
    host_key: str
    certificate: str


@dataclass(frozen=True)
class UcNode:
    """A CUCM, IM and Presence or Unity Connection node (`role` cucm, imp, cuc) with both of its accounts."""

    name: str
    fqdn: str
    address: str
    role: str
    publisher: bool
    user: str
    password: str
    platform_user: str
    platform_password: str
    certificate: str


@dataclass(frozen=True)
class Site:
    """The peers of a cluster, and the UC nodes that they serve."""

    peers: tuple[Node, ...]
    nodes: tuple[UcNode, ...]


def read_sites(path: Path) -> list[Site]:
    """The sites of a bench lab."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return [
        Site(tuple(Node(**one) for one in site["peers"]), tuple(UcNode(**one) for one in site["nodes"]))
        for site in found
    ]


def read_nodes(path: Path) -> list[Node]:
    """The nodes of a bench lab."""
    return [Node(**one) for one in json.loads(path.read_text(encoding="utf-8"))]


def checked(name: str, text: str) -> None:
    """Raises ValueError unless all values of a node stand in what came back."""
    found = text.count(VALUE)
    if found != len(SETTINGS):
        raise ValueError(f"{name}: {found} of {len(SETTINGS)} settings were read")


def checked_trust(name: str, pem: str) -> None:
    """Raises ValueError unless the whole trusted CA list came back."""
    if pem.count(BEGIN) != LISTED:
        raise ValueError(f"{name}: {pem.count(BEGIN)} of {LISTED} certificates were read")
