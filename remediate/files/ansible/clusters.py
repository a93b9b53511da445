"""From groups to clusters: an Ansible inventory in the form of `clusters.yml`, which the same loader then checks.

A group says what it is by its variable `remediate_role`, or by its name (`expressway_c`, `cucm`, …). Where such a
group has children, each child is a cluster of its own. Whatever else `clusters.yml` knows of a cluster or a node
is a variable `remediate_<key>`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from remediate.errors import InventoryError
from remediate.files.ansible.known_hosts import host_keys
from remediate.files.ansible.secrets import place_of_secret
from remediate.files.ansible.tree import ALL, Tree
from remediate.files.ansible.values import Opener, Values
from remediate.files.convert import Reader
from remediate.files.yaml import Mapping as MappingNode
from remediate.files.yaml import Mark, Node, Sequence, Text

NAMES = {
    "expressway_c": "expressway-c",
    "expresswayc": "expressway-c",
    "exp_c": "expressway-c",
    "expc": "expressway-c",
    "expressway_e": "expressway-e",
    "expresswaye": "expressway-e",
    "exp_e": "expressway-e",
    "expe": "expressway-e",
    "cucm": "cucm",
    "ucm": "cucm",
    "callmanager": "cucm",
    "im_and_presence": "im-and-presence",
    "imp": "im-and-presence",
    "cups": "im-and-presence",
    "unity_connection": "unity-connection",
    "unity": "unity-connection",
    "cuc": "unity-connection",
}
"""Names of groups that say what their hosts are; lower case, `_` for `-`."""
PREFIX = "remediate_"
PASSWORDS = ("ansible_password", "ansible_ssh_pass", "ansible_httpapi_pass", "ansible_httpapi_password")
USERS = ("ansible_user", "ansible_ssh_user", "ansible_httpapi_user")
NODE_KEYS = ("tls_certificate", "tls_sha256", "ports", "platform_credentials")
OF_HOSTS = frozenset((*NODE_KEYS, "fqdn", "ssh_host_key", "known_hosts", "credentials"))
read = Reader(InventoryError)


@dataclass
class Adapter:
    """One inventory on its way. `extra` wins over its variables; `opener` is asked only where a value needs it."""

    tree: Tree
    extra: Mapping[str, str]
    opener: Opener
    _secret_places: dict[tuple[str, ...], str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """Plain variables of group `all`, for the playbook's templates."""
        written = self.tree.group_variables(ALL)
        return {name: node.value for name, node in written.items() if type(node) is Text and "{" not in node.value}

    def trusted_certificates(self) -> Node | None:
        """`remediate_trusted_certificates` of group `all`."""
        return self.tree.group_variables(ALL).get(f"{PREFIX}trusted_certificates")

    def clusters(self) -> MappingNode:
        """As under `clusters:` of clusters.yml. Raises InputError with the place of what is wrong or lacks."""
        found = dict(self._roles())
        if not found:
            known = ", ".join(dict.fromkeys(NAMES.values()))
            hint = f"name groups expressway_c, cucm, …, or set remediate_role to one of {known}"
            raise InventoryError("no group says what its hosts are", path=str(self.tree.path), hint=hint)
        mark = Mark(str(self.tree.path), 0, 0)
        uc = [name for name, role in found.items() if not role.startswith("expressway")]
        items = ((Text(name, mark), self._cluster(name, role, uc, mark)) for name, role in found.items())
        return MappingNode(tuple(items), mark)

    def _roles(self) -> Iterator[tuple[str, str]]:
        for name, group in self.tree.groups.items():
            role = self._role(name)
            if not role:
                continue
            children = [child for child in group.children if not self._role(child)]
            if children and group.hosts:
                raise InventoryError(
                    f"group {name} has hosts and child groups", path=str(self.tree.path), hint="one cluster per child"
                )
            yield from ((child, role) for child in children or [name] if self.tree.members(child))

    def _role(self, group: str) -> str:
        said = self.tree.group_variables(group).get(f"{PREFIX}role")
        return read.text(said) if said is not None else NAMES.get(group.lower().replace("-", "_"), "")

    def _cluster(self, name: str, role: str, uc: list[str], mark: Mark) -> MappingNode:
        hosts = self.tree.members(name)
        items: dict[str, Node] = {"role": Text(role, mark)}
        items |= self._own(name, hosts)
        groups = [g for g in dict.fromkeys(g for h in hosts for g in self.tree.groups_of(h)) if g not in (ALL, name)]
        items.setdefault("groups", Sequence(tuple(Text(group, mark) for group in groups), mark))
        if role == "expressway-c" and uc and "serves" not in items:
            items["serves"] = self._served(name, uc, mark)
        if len(hosts) > 1 and role in ("expressway-c", "expressway-e", "cucm"):
            # Ansible's own habit for "run once": the first host. Devices say which it really is before a write.
            items.setdefault("primary" if role.startswith("expressway") else "publisher", Text(hosts[0], mark))
        nodes = MappingNode(tuple((Text(host, mark), self._host(host, role, mark)) for host in hosts), mark)
        items["peers" if role.startswith("expressway") else "nodes"] = nodes
        return _mapping(items, mark)

    def _own(self, group: str, hosts: tuple[str, ...]) -> dict[str, Node]:
        """What the variables of the group, or of its first host, say of the cluster; not of a host."""
        written = {**self.tree.variables(hosts[0]), **self.tree.group_variables(group)}
        told = ((name.removeprefix(PREFIX), node) for name, node in written.items() if name.startswith(PREFIX))
        return {key: node for key, node in told if key not in OF_HOSTS | {"role", "trusted_certificates"}}

    def _served(self, name: str, uc: list[str], mark: Mark) -> Node:
        others = [n for n, role in self._roles() if role == "expressway-c" and n != name]
        if others:
            hint = f"set remediate_serves in group_vars/{name}: some of {', '.join(uc)}"
            raise InventoryError(
                f"who serves which UC cluster? {name} does not say", path=str(self.tree.path), hint=hint
            )
        return Sequence(tuple(Text(each, mark) for each in uc), mark)

    def _host(self, name: str, role: str, mark: Mark) -> MappingNode:
        values = Values.of_host(self.tree, name, self.extra, self.opener)
        address = values.text("ansible_host", "ansible_ssh_host") or name
        items: dict[str, Node] = {"address": Text(address, mark)}
        fqdn = values.text(f"{PREFIX}fqdn") or next((n for n in (name, address) if _is_fqdn(n)), "")
        items |= {"fqdn": Text(fqdn, mark)} if fqdn else {}
        items |= {key: node for key in NODE_KEYS if (node := values.node(PREFIX + key)) is not None}
        if port := values.text("ansible_port", "ansible_ssh_port"):
            word = "ssh" if role.startswith("expressway") else "https"
            items.setdefault("ports", _mapping({word: Text(port, mark)}, mark))
        items |= self._host_key(values, address, mark)
        user = values.text(*USERS)
        if user is not None:
            items["credentials"] = self._credentials(name, user, values, mark)
        return _mapping(items, mark)

    def _host_key(self, values: Values, address: str, mark: Mark) -> dict[str, Node]:
        said = values.node(f"{PREFIX}ssh_host_key")
        file = values.text(f"{PREFIX}known_hosts")
        if said is not None or file is None:
            return {} if said is None else {"ssh_host_key": said}
        port = read.whole(Text(values.text("ansible_port", "ansible_ssh_port") or "22", mark), 1, 65535)
        keys = host_keys(self.tree.path.parent / file, address, port)
        return {"ssh_host_key": Sequence(tuple(Text(key, mark) for key in keys), mark)} if keys else {}

    def _credentials(self, host: str, user: str, values: Values, mark: Mark) -> MappingNode:
        variable = values.first(*PASSWORDS)
        if variable:
            # One definition is one secret, whoever uses it: a refusal on one host then stops all that share it.
            place = place_of_secret(self.tree.path.name, host, variable)
            place = self._secret_places.setdefault(values.definition(variable), place)
            password = _mapping({"ansible": Text(place, mark)}, mark)
        else:
            password = _mapping({"prompt": Text(f"Password of {user}", mark)}, mark)
        return _mapping({"username": Text(user, mark), "password": password}, mark)


def _mapping(items: dict[str, Node], mark: Mark) -> MappingNode:
    return MappingNode(tuple((Text(key, mark), node) for key, node in items.items()), mark)


def _is_fqdn(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." in name
    return False
