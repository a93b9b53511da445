"""Writes what an operator would have before touching the fleet: inventory, pins, CA files, secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from ruamel.yaml import YAML

from remediate.lab.expressway import shell, web
from remediate.lab.pki import pem, sha256
from remediate.lab.uc import ssh
from remediate.lab.world import ExpresswayCluster, Peer, UcCluster, UcNode, World

Tree = dict[str, Any]
ROLES = {"C": "expressway-c", "E": "expressway-e", "cucm": "cucm", "imp": "im-and-presence", "cuc": "unity-connection"}
WORKAROUND_DAYS = 3
RESTART_DEADLINE_S = 30
SOAK_S = 1


@dataclass(frozen=True)
class Writer:
    """Writes into one `inventory` directory; secret files are 0600 in directories of 0700."""

    root: Path

    def text(self, path: str, body: str, mode: int = 0o644) -> str:
        """Write a file below the root and give its path as the inventory names it."""
        target = self.root / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.touch(mode=mode)
        target.write_text(body, encoding="utf-8")
        return path

    def secret(self, name: str, value: str) -> Tree:
        """A secret by reference."""
        return {"file": self.text(f"secrets/{name}", value + "\n", 0o600)}


def write(world: World, root: Path) -> None:
    """Write `clusters.yml` and the files it names."""
    out = Writer(root)
    document: Tree = {
        "vars": _workaround(world),
        "trusted_certificates": _owned(world, out),
        "clusters": {
            **{cluster.name: _expressway(cluster, out) for cluster in world.expressways},
            **{cluster.name: _uc(cluster, out) for cluster in world.ucs},
        },
    }
    _dump(document, root)
    out.text("policy.yml", f"# A lab does not wait ten minutes after the first cluster.\nsoak: {SOAK_S}s\n")


def renew(world: World, root: Path) -> None:
    """Bring pins and CA files to what the UC nodes serve now; all else in `clusters.yml` stays as it is."""
    document = _yaml().load(root / "clusters.yml")
    out = Writer(root)
    for uc in world.ucs:
        nodes = document["clusters"].get(uc.name, {}).get("nodes", {})
        for node in (one for one in uc.nodes if one.key in nodes):
            nodes[node.key].update(_tls(node.key, _leaves(node), out))
    for name, entry in _owned(world, out).items():
        document["trusted_certificates"].setdefault(name, entry)["sha256"] = entry["sha256"]
    _dump(document, root)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 4096
    yaml.preserve_quotes = True
    return yaml


def _dump(document: Tree, root: Path) -> None:
    with (root / "clusters.yml").open("w", encoding="utf-8") as file:
        _yaml().dump(document, file)


def _workaround(world: World) -> Tree:
    expires = datetime.fromtimestamp(world.now(), UTC) + timedelta(days=WORKAROUND_DAYS)
    return {
        "workaround_owner": "lab operator",
        "workaround_ticket": "LAB-1",
        "workaround_reason": "logins fail until the UC certificates are trusted",
        "workaround_expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _owned(world: World, out: Writer) -> Tree:
    found: Tree = {}
    for owned in world.owned:
        file = out.text(f"trust/{owned.name}.pem", pem(owned.der).decode())
        digest = sha256(x509.load_der_x509_certificate(owned.der))
        found[owned.name] = {"file": file, "sha256": digest, "accept": list(owned.accept)}
    return found


def _expressway(cluster: ExpresswayCluster, out: Writer) -> Tree:
    tree: Tree = {"role": ROLES[cluster.role], "groups": [f"expressway_{cluster.role.lower()}"]}
    tree["primary"] = cluster.leader.name
    if cluster.serves:
        tree["serves"] = list(cluster.serves)
    return tree | {
        "replication_interval": f"{cluster.replication_s * 2:g}s",
        "restart_deadline": f"{RESTART_DEADLINE_S}s",
        "credentials": {
            "username": cluster.user,
            "password": out.secret(f"{cluster.name}-{cluster.user}", cluster.password),
        },
        "peers": {peer.name: _peer(peer, out) for peer in cluster.peers},
    }


def _peer(peer: Peer, out: Writer) -> Tree:
    return {
        "address": peer.address,
        "fqdn": peer.fqdn,
        "ssh_host_key": shell.public_key(peer),
        **_tls(peer.name, [peer.tls.chain[0]], out),
        "ports": {"ssh": shell.PORT, "https": web.PORT},
    }


def _uc(cluster: UcCluster, out: Writer) -> Tree:
    tree: Tree = {
        "role": ROLES[cluster.kind],
        "groups": ["uc"],
        "publisher": cluster.nodes[0].key,
        "credentials": {
            "username": cluster.axl_user,
            "password": out.secret(f"{cluster.name}-axl", cluster.axl_password),
        },
    }
    tree["platform_credentials"] = {
        "username": cluster.platform_user,
        "password": out.secret(f"{cluster.name}-platform", cluster.platform_password),
    }
    if cluster.kind == "cucm":
        tree["system_server"] = {
            "accept": ["endpoints-learn-name", "phones-resolve-names"],
            "refresh_by": "lab operator",
            "allow_list_rules": "in-place",
        }
    return tree | {"nodes": {node.key: _node(node, out) for node in cluster.nodes}}


def _node(node: UcNode, out: Writer) -> Tree:
    ports = {"https": 8443, "ssh": ssh.PORT} | ({"tftp": 6972} if node.role == "cucm" else {})
    tls = _tls(node.key, _leaves(node), out)
    return {"address": node.address, "fqdn": node.fqdn, "ssh_host_key": ssh.public_key(node), **tls, "ports": ports}


def _leaves(node: UcNode) -> list[bytes]:
    """What the node serves on 8443."""
    bound = next(binding for binding in node.bindings if binding.port == 8443)
    return [node.served(name).chain[0] for name in (bound.rsa, bound.ecdsa) if name]


def _tls(name: str, leaves: list[bytes], out: Writer) -> Tree:
    digests = [sha256(x509.load_der_x509_certificate(der)) for der in leaves]
    return {
        "tls_certificate": out.text(f"trust/devices/{name}.pem", pem(*leaves).decode()),
        "tls_sha256": digests[0] if len(digests) == 1 else digests,
    }
