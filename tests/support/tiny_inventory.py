"""A lab's `clusters.yml` as inventory values, without the loader under test elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from remediate.model.certificate import EncodedCertificate, TrustStore
from remediate.model.inventory import Cluster, Credentials, Durations, Host, Inventory, Role, SecretRef

NODE_ROLES = {
    "expressway-c": Role.EXPRESSWAY_C,
    "expressway-e": Role.EXPRESSWAY_E,
    "im-and-presence": Role.IM_AND_PRESENCE,
    "unity-connection": Role.UNITY_CONNECTION,
}


@dataclass(frozen=True)
class Plain:
    """A secret for tests."""

    text: str

    def reveal(self) -> str:
        """The text."""
        return self.text


def resolve(reference: SecretRef) -> Plain:
    """The content of a secret file."""
    return Plain(Path(reference.name).read_text(encoding="utf-8").rstrip("\n"))


def load(directory: Path) -> Inventory:
    """The inventory in a lab's directory."""
    tree = YAML(typ="safe").load((directory / "clusters.yml").read_text(encoding="utf-8"))
    return Inventory(clusters=tuple(_cluster(directory, name, body) for name, body in tree["clusters"].items()))


def _cluster(directory: Path, name: str, body: dict[str, Any]) -> Cluster:
    account = body["credentials"]
    path = str(directory / account["password"]["file"])
    login = Credentials(username=account["username"], password=SecretRef(source="file", name=path))
    primary = str(body.get("primary") or body.get("publisher") or "")
    nodes = body.get("peers") or body["nodes"]
    hosts = tuple(_host(directory, key, node, (name, body["role"], primary), login) for key, node in nodes.items())
    waits = Durations(
        replication_interval=_seconds(body.get("replication_interval", "60s")),
        restart_deadline=_seconds(body.get("restart_deadline", "900s")),
    )
    return Cluster(
        name=name,
        role=body["role"],
        hosts=hosts,
        primary=primary,
        durations=waits,
        serves=tuple(body.get("serves", ())),
    )


def _host(
    directory: Path,
    name: str,
    node: dict[str, Any],
    cluster: tuple[str, str, str],
    login: Credentials,
) -> Host:
    of, role, primary = cluster
    pins = node["tls_sha256"]
    return Host(
        name=name,
        address=node["address"],
        fqdn=node["fqdn"],
        cluster=of,
        role=NODE_ROLES.get(role, Role.CUCM_PUBLISHER if name == primary else Role.CUCM_SUBSCRIBER),
        ports=tuple(node["ports"].items()),
        credentials=login,
        ssh_host_key=node.get("ssh_host_key", ""),
        tls_certificates=_certificates((directory / node["tls_certificate"]).read_bytes()),
        tls_sha256=(pins,) if isinstance(pins, str) else tuple(pins),
    )


def _certificates(pem: bytes) -> tuple[EncodedCertificate, ...]:
    return TrustStore(pem=pem).entries


def _seconds(text: str) -> int:
    found = re.match(r"\d+", text)
    return int(found[0]) if found else 60
