"""Accounts of an inventory: user names, and where their passwords lie."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from remediate.errors import InventoryError
from remediate.files.convert import Reader
from remediate.files.yaml import Mapping, Node, Text
from remediate.model.inventory import Credentials, SecretRef, SecretSourceName

SOURCES: dict[str, SecretSourceName] = {
    "env": "env",
    "file": "file",
    "prompt": "prompt",
    "keyring": "keyring",
    "vault": "vault",
    "ansible": "ansible",
}
FILES = ("file", "vault", "ansible")
"""These name a file, beside the inventory unless its path is absolute."""
read = Reader(InventoryError)


class Accounts(NamedTuple):
    """The two realms of a node: application (AXL, xAPI, REST) and platform (OS administrator of a UC node)."""

    application: Credentials | None = None
    platform: Credentials | None = None


def accounts(tree: Mapping, folder: Path, shared: Accounts) -> Accounts:
    """Those of a cluster or a node; what it does not name is that of `shared`."""
    return Accounts(
        _credentials(tree.get("credentials"), folder) or shared.application,
        _credentials(tree.get("platform_credentials"), folder) or shared.platform,
    )


def _credentials(node: Node | None, folder: Path) -> Credentials | None:
    if node is None:
        return None
    tree = read.mapping(node, ("username", "password"), ("username", "password"))
    password = _secret(read.required(tree, "password"), folder)
    return Credentials(username=read.text(read.required(tree, "username")), password=password)


def _secret(node: Node, folder: Path) -> SecretRef:
    """A reference. A password typed into the file is refused without being printed."""
    if isinstance(node, Text):
        raise read.fail(
            node.mark, "a password stands here in clear text", "write {env: NAME}, {file: PATH} or {prompt: TEXT}"
        )
    tree = read.mapping(node, SOURCES)
    if len(tree.items) != 1:
        raise read.fail(node.mark, f"one place for a secret: {', '.join(SOURCES)}")
    (source, name), *_ = tree.items
    place = read.text(name)
    return SecretRef(source=SOURCES[source.value], name=str(folder / place) if source.value in FILES else place)
