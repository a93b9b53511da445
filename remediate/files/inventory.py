"""`clusters.yml` and what lies beside it, as an `Inventory`."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping as Variables
from pathlib import Path

from remediate.errors import InventoryError
from remediate.files.accounts import Accounts, accounts
from remediate.files.ansible.clusters import Adapter
from remediate.files.ansible.read import is_ansible, read_tree
from remediate.files.ansible.values import Opener
from remediate.files.convert import Reader
from remediate.files.pem import read_certificates
from remediate.files.pins import pins_beside, read_pins, with_pins
from remediate.files.reading import is_file, is_folder
from remediate.files.template import rendered
from remediate.files.vault import Vault
from remediate.files.vouched import trusted_certificates
from remediate.files.yaml import Mapping, Mark, Node, Text, read_yaml
from remediate.model.certificate import Chain
from remediate.model.inventory import (
    Cluster,
    ClusterRole,
    Durations,
    Host,
    Inventory,
    Role,
    SystemServerConsent,
)

FILE = "clusters.yml"
ROLES: dict[str, ClusterRole] = {
    "expressway-c": "expressway-c",
    "expressway-e": "expressway-e",
    "cucm": "cucm",
    "im-and-presence": "im-and-presence",
    "unity-connection": "unity-connection",
}
_NODE_ROLE = {
    "expressway-c": Role.EXPRESSWAY_C,
    "expressway-e": Role.EXPRESSWAY_E,
    "im-and-presence": Role.IM_AND_PRESENCE,
    "unity-connection": Role.UNITY_CONNECTION,
}
DURATIONS = tuple(Durations.model_fields)
ACCOUNTS = ("credentials", "platform_credentials")
CLUSTER_KEYS = ("role", "groups", "primary", "publisher", "serves", *ACCOUNTS, "peers", "nodes", "system_server")
NODE_KEYS = ("address", "fqdn", "ssh_host_key", "tls_certificate", "tls_sha256", "ports", *ACCOUNTS)
SYSTEM_SERVER_WORDS = (
    "endpoints-learn-name",
    "phones-resolve-names",
    "url-parameters-reviewed",
    "sip-peers-reviewed",
    "sso-metadata",
    "checked-by-hand",
    "sql-update",
)
PORTS = ("ssh", "https", "tftp")
MOST_PEERS = 6
read = Reader(InventoryError)


def load_inventory(
    path: Path, extra: Variables[str, str], vault: Opener | None = None
) -> tuple[Inventory, dict[str, str]]:
    """The inventory of a file or of a folder, and its variables: `clusters.yml`, or Ansible's own form.

    `extra` wins over `group_vars/<group>.yml`, which wins over `vars:`. `vault` opens what Ansible's vault
    encrypted. Raises InventoryError and its kin.
    """
    file = path / FILE if is_folder(path) and is_file(path / FILE) else path
    if is_ansible(file):
        adapter = Adapter(read_tree(file), extra, vault or Vault())
        variables = adapter.variables() | dict(extra)
        loader = _Loader(_folder(file), variables, own_group_vars=False)
        return _loaded(loader, adapter.clusters(), adapter.trusted_certificates(), pins_beside(path))
    tree = read.mapping(read_yaml(file, InventoryError), ("vars", "trusted_certificates", "clusters"), ("clusters",))
    variables = _variables(tree.get("vars")) | dict(extra)
    clusters = read.mapping(read.required(tree, "clusters"))
    return _loaded(_Loader(_folder(file), variables), clusters, tree.get("trusted_certificates"), pins_beside(path))


def _folder(file: Path) -> Path:
    return file if is_folder(file) else file.parent


def _loaded(
    loader: _Loader, clusters: Mapping, vouched: Node | None, pins_file: Path
) -> tuple[Inventory, dict[str, str]]:
    loaded = tuple(loader.cluster(key, node) for key, node in clusters.items)
    if not loaded:
        raise read.fail(clusters.mark, "no clusters")
    _check(loaded, clusters)
    variables = loader.variables
    certificates = trusted_certificates(loader.folder, rendered(vouched, variables)) if vouched is not None else ()
    pins = read_pins(pins_file, (host.name for cluster in loaded for host in cluster.hosts))
    return with_pins(Inventory(clusters=loaded, trusted_certificates=certificates), pins), variables


def _variables(node: Node | None) -> dict[str, str]:
    if node is None:
        return {}
    return {key.value: read.text(value) for key, value in read.mapping(node).items}


class _Loader:
    """Clusters of one file; values are rendered with the variables of the groups they are in."""

    def __init__(self, folder: Path, variables: dict[str, str], *, own_group_vars: bool = True) -> None:
        self.folder, self.variables, self._own_group_vars = folder, variables, own_group_vars

    def cluster(self, key: Text, node: Node) -> Cluster:
        raw = read.mapping(node, (*CLUSTER_KEYS, *DURATIONS), ("role",))
        groups = tuple(read.text(g) for g in read.sequence(raw.get("groups")))
        tree = read.mapping(rendered(raw, self._with_group_vars(groups)))
        role = ROLES[read.word(read.required(tree, "role"), ROLES)]
        word, other = ("peers", "nodes") if role.startswith("expressway") else ("nodes", "peers")
        if tree.get(other) is not None:
            raise read.fail(tree.mark, f"a cluster of role {role} has {word}, not {other}")
        primary = self._primary(tree, role)
        hosts = read.mapping(read.required(tree, word))
        shared = accounts(tree, self.folder, Accounts())
        made = tuple(_host(self.folder, name, value, (key.value, role, primary), shared) for name, value in hosts.items)
        self._check_hosts(hosts, made, role, primary)
        return Cluster(
            name=key.value,
            role=role,
            hosts=made,
            groups=groups,
            primary=primary,
            serves=tuple(read.text(s) for s in read.sequence(tree.get("serves"))),
            durations=_durations(tree),
            system_server=_system_server(tree.get("system_server")),
        )

    def _with_group_vars(self, groups: tuple[str, ...]) -> dict[str, str]:
        names = ("all", *groups) if self._own_group_vars else ()
        files = (self.folder / "group_vars" / f"{group}.yml" for group in names)
        found = [_variables(read_yaml(file, InventoryError)) for file in files if is_file(file)]
        merged: dict[str, str] = {}
        for variables in found:
            merged.update(variables)
        return merged | self.variables

    def _primary(self, tree: Mapping, role: str) -> str:
        word = "primary" if role.startswith("expressway") else "publisher"
        wrong = tree.get("publisher" if word == "primary" else "primary")
        if wrong is not None:
            raise read.fail(wrong.mark, f"a cluster of role {role} has a {word}")
        node = tree.get(word)
        return read.text(node) if node is not None else ""

    def _check_hosts(self, tree: Mapping, hosts: tuple[Host, ...], role: str, primary: str) -> None:
        if not hosts:
            raise read.fail(tree.mark, "no peers or nodes")
        if role.startswith("expressway") and len(hosts) > MOST_PEERS:
            raise read.fail(tree.mark, f"{len(hosts)} peers; a cluster has 1 to {MOST_PEERS}")
        if primary and primary not in {h.name for h in hosts}:
            raise read.fail(tree.mark, f"{primary} is not one of its nodes: {', '.join(h.name for h in hosts)}")
        if not primary and len(hosts) > 1 and role in ("expressway-c", "expressway-e", "cucm"):
            raise read.fail(tree.mark, "which of these is the configuration primary or publisher?")


def _durations(tree: Mapping) -> Durations:
    given = {name: read.seconds(node) for name in DURATIONS if (node := tree.get(name)) is not None}
    return Durations(**given)


def _system_server(node: Node | None) -> SystemServerConsent:
    if node is None:
        return SystemServerConsent()
    tree = read.mapping(node, ("accept", "refresh_by", "allow_list_rules"))
    who, rules = tree.get("refresh_by"), tree.get("allow_list_rules")
    return SystemServerConsent(
        accept=read.words(tree.get("accept"), SYSTEM_SERVER_WORDS),
        refresh_by=read.text(who) if who is not None else "",
        allow_list_rules="in-place" if rules is not None and read.word(rules, ("in-place",)) else "",
    )


def _host(folder: Path, key: Text, node: Node, cluster: tuple[str, ClusterRole, str], shared: Accounts) -> Host:
    tree = read.mapping(node, NODE_KEYS, ("address",))
    address = read.host(read.required(tree, "address"))
    name, role, primary = cluster
    fqdn, host_key, own = tree.get("fqdn"), tree.get("ssh_host_key"), accounts(tree, folder, shared)
    certificates = _pins(folder, tree)
    return Host(
        name=read.host(key),
        address=address,
        fqdn=read.host(fqdn) if fqdn is not None else address,
        role=_role(role, key.value, primary),
        cluster=name,
        ports=_ports(tree.get("ports")),
        credentials=own.application,
        platform_credentials=own.platform,
        ssh_host_key=_host_key(host_key) if host_key is not None else "",
        tls_certificates=certificates,
        tls_sha256=_pinned(tree, certificates),
    )


def _role(role: ClusterRole, name: str, primary: str) -> Role:
    if role == "cucm":
        return Role.CUCM_PUBLISHER if name == primary or not primary else Role.CUCM_SUBSCRIBER
    return _NODE_ROLE[role]


def _ports(node: Node | None) -> tuple[tuple[str, int], ...]:
    if node is None:
        return ()
    return tuple((key.value, read.whole(value, 1, 65535)) for key, value in read.mapping(node, PORTS).items)


def _host_key(node: Node) -> str:
    keys = [read.text(item) for item in read.sequence(node)]
    for key in keys:
        if len(key.split()) < 2 or not key.startswith(("ssh-", "ecdsa-")):
            raise read.fail(node.mark, "not a host key", "the line of ssh-keyscan without the address: ssh-… AAAA…")
    return "\n".join(keys)


def _pins(folder: Path, tree: Mapping) -> Chain:
    node = tree.get("tls_certificate")
    return read_certificates(folder / read.text(node)) if node is not None else ()


def _pinned(tree: Mapping, certificates: Chain) -> tuple[str, ...]:
    digests = tuple(read.sha256(item) for item in read.sequence(tree.get("tls_sha256")))
    for item, sha256 in zip(read.sequence(tree.get("tls_sha256")), digests, strict=True):
        if certificates and sha256 not in {c.sha256 for c in certificates}:
            raise read.fail(item.mark, "tls_sha256 is not that of a certificate in the file tls_certificate")
    return digests


def _check(clusters: tuple[Cluster, ...], tree: Mapping) -> None:
    names: dict[str, Mark] = {}
    for host in (host for _, node in tree.items for host in _named_hosts(read.mapping(node))):
        if host.value in names:
            raise read.fail(host.mark, f"{host.value} is named twice", f"first on line {names[host.value].line}")
        names[host.value] = host.mark
    _check_addresses(clusters, names)
    known = {c.name for c in clusters if not c.role.startswith("expressway")}
    for cluster, (key, _) in zip(clusters, tree.items, strict=True):
        for served in set(cluster.serves) - known:
            words = ", ".join(sorted(known))
            raise read.fail(key.mark, f"{cluster.name} serves {served}, which is no UC cluster here", words)


def _named_hosts(cluster: Mapping) -> tuple[Text, ...]:
    hosts = cluster.get("peers") or cluster.get("nodes")
    return tuple(key for key, _ in read.mapping(hosts).items) if hosts is not None else ()


def _check_addresses(clusters: tuple[Cluster, ...], names: dict[str, Mark]) -> None:
    seen: dict[str, str] = {}
    for host in (h for c in clusters for h in c.hosts):
        address = _plain(host.address)
        if address in seen:
            raise read.fail(names[host.name], f"{host.name} and {seen[address]} have one address, {host.address}")
        seen[address] = host.name


def _plain(address: str) -> str:
    """An IPv4-mapped address is its IPv4 twin."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address.casefold()
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)
