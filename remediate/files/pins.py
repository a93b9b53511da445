"""`pins.yml` beside `clusters.yml`: identities that `remediate trust add` verified. They lead over `clusters.yml`.

Beside an Ansible inventory it is `.pins.yml`: Ansible takes every other file of an inventory folder for a source of
hosts, and would make a group of each node there.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml import YAML

from remediate.errors import InventoryError
from remediate.files.ansible.read import is_ansible
from remediate.files.convert import Reader
from remediate.files.durable import write_private
from remediate.files.reading import is_file, is_folder, is_there
from remediate.files.yaml import Mapping, Node, read_yaml
from remediate.model.base import Value
from remediate.model.inventory import Cluster, Host, Inventory

FILE = "pins.yml"
BESIDE_ANSIBLE = f".{FILE}"
HEAD = "# Written by `remediate trust add`: typed fingerprints that a device then showed. Leads over clusters.yml.\n"
KEYS = ("ssh_host_key", "tls_sha256", "verified")
read = Reader(InventoryError)


class Pins(Value):
    """Of one node. An empty tuple leaves what `clusters.yml` says."""

    host: str
    ssh_host_key: tuple[str, ...] = ()
    tls_sha256: tuple[str, ...] = ()
    verified: str = ""
    """Who typed it, and when."""


def pins_beside(inventory: Path) -> Path:
    """Where the pins of an inventory lie, which is a folder or a file."""
    if is_folder(inventory):
        return inventory / (FILE if is_file(inventory / "clusters.yml") else BESIDE_ANSIBLE)
    return inventory.parent / (BESIDE_ANSIBLE if is_ansible(inventory) else FILE)


def read_pins(path: Path, hosts: Iterable[str]) -> tuple[Pins, ...]:
    """Those of a file; none where there is no file. Raises InventoryError with the place of what is wrong."""
    if not is_there(path):
        return ()
    known = set(hosts)
    return tuple(
        _pins(read.word(key, known), read.mapping(node, KEYS)) for key, node in read_yaml(path, InventoryError).items
    )


def write_pins(path: Path, pins: Iterable[Pins]) -> None:
    """Write all of them, whole or not at all."""
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 4096
    stream = io.StringIO()
    yaml.dump({one.host: _tree(one) for one in pins}, stream)
    write_private(path, (HEAD + stream.getvalue()).encode())


def with_pins(inventory: Inventory, pins: Iterable[Pins]) -> Inventory:
    """The inventory with these in place of its own."""
    known = {one.host: one for one in pins}
    return inventory.model_copy(update={"clusters": tuple(_cluster(c, known) for c in inventory.clusters)})


def _cluster(cluster: Cluster, known: dict[str, Pins]) -> Cluster:
    if not any(host.name in known for host in cluster.hosts):
        return cluster
    hosts = tuple(_host(host, known[host.name]) if host.name in known else host for host in cluster.hosts)
    return cluster.model_copy(update={"hosts": hosts})


def _host(host: Host, pins: Pins) -> Host:
    update: dict[str, object] = {}
    if pins.ssh_host_key:
        update["ssh_host_key"] = "\n".join(pins.ssh_host_key)
    if pins.tls_sha256:
        kept = tuple(c for c in host.tls_certificates if c.sha256 in pins.tls_sha256)
        # A certificate that is not at hand as PEM is pinned by its fingerprint alone: then all are.
        whole = kept if len(kept) == len(pins.tls_sha256) else ()
        update |= {"tls_sha256": pins.tls_sha256, "tls_certificates": whole}
    return host.model_copy(update=update)


def _pins(host: str, tree: Mapping) -> Pins:
    verified = tree.get("verified")
    return Pins(
        host=host,
        ssh_host_key=tuple(_host_key(node) for node in read.sequence(tree.get("ssh_host_key"))),
        tls_sha256=tuple(read.sha256(node) for node in read.sequence(tree.get("tls_sha256"))),
        verified=read.text(verified) if verified is not None else "",
    )


def _host_key(node: Node) -> str:
    text = read.text(node)
    if len(text.split()) != 2 or not text.startswith(("ssh-", "ecdsa-")):
        raise read.fail(node.mark, "not a host key", "as `remediate trust add` writes it: TYPE AAAA…")
    return text


def _tree(pins: Pins) -> dict[str, object]:
    tree = {"ssh_host_key": list(pins.ssh_host_key), "tls_sha256": list(pins.tls_sha256), "verified": pins.verified}
    return {key: value for key, value in tree.items() if value}
