"""Hosts, groups and their variables, from INI or YAML, with Ansible's order of precedence.

Lowest first: group variables of the file (`all`, then parents before children), `group_vars/all`, other
`group_vars/`, host variables of the file, `host_vars/`. Groups of one depth go by name, unless
`ansible_group_priority` says otherwise. Source: Ansible user guide, "How we merge variables".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from remediate.errors import InventoryError
from remediate.files.ansible.variables import Variables, Vaulted, read_variables, variable_files
from remediate.files.yaml import Text

ALL = "all"
UNGROUPED = "ungrouped"


@dataclass
class Group:
    """What the file says of a group."""

    name: str
    hosts: list[str] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    variables: Variables = field(default_factory=dict)


@dataclass
class Tree:
    """An inventory file as written: groups and host variables, both in the order of the file."""

    path: Path
    groups: dict[str, Group] = field(default_factory=dict)
    hosts: dict[str, Variables] = field(default_factory=dict)

    def group(self, name: str) -> Group:
        """The group of that name, made at its first mention."""
        return self.groups.setdefault(name, Group(name))

    def add_host(self, group: str, host: str, variables: Variables) -> None:
        """A host in a group; its variables add to what was said of it elsewhere."""
        self.hosts.setdefault(host, {}).update(variables)
        if host not in self.group(group).hosts:
            self.group(group).hosts.append(host)

    def members(self, group: str) -> tuple[str, ...]:
        """Hosts of a group and of its children, each once, in the order of the file."""
        found = dict.fromkeys(self.groups[group].hosts) if group in self.groups else {}
        for child in self._below(group):
            found |= dict.fromkeys(self.groups[child].hosts)
        return tuple(found)

    def check(self) -> None:
        """Raises InventoryError where a group is its own child."""
        for name in self.groups:
            if name in self._below(name):
                raise InventoryError(f"group {name} is a child of itself", path=str(self.path))

    def groups_of(self, host: str) -> tuple[str, ...]:
        """Every group that a host is in, lowest precedence first; `all` leads."""
        names = [n for n in self.groups if n != ALL and host in self.members(n)]
        return (ALL, *sorted(names, key=lambda n: (self._depth(n), self._priority(n), n)))

    def variables(self, host: str) -> Variables:
        """What holds for a host, by precedence. A vaulted file among them stands under its own path."""
        merged: Variables = {}
        groups = self.groups_of(host)
        for name in groups:
            merged |= self.group(name).variables
        for name in groups:
            merged |= self._beside("group_vars", name)
        return merged | self.hosts.get(host, {}) | self._beside("host_vars", host)

    def group_variables(self, group: str) -> Variables:
        """What holds for a group itself."""
        return self.group(group).variables | self._beside("group_vars", group)

    def _beside(self, folder: str, name: str) -> Variables:
        merged: Variables = {}
        for path in variable_files(self.path.parent / folder, name):
            merged |= read_variables(path)
        return merged

    def _below(self, group: str) -> dict[str, None]:
        found: dict[str, None] = {}
        todo = list(self.groups[group].children) if group in self.groups else []
        while todo:
            name = todo.pop(0)
            if name not in found:
                found[name] = None
                todo += self.groups[name].children if name in self.groups else []
        return found

    def _depth(self, group: str) -> int:
        parents = [n for n, g in self.groups.items() if group in g.children and n != ALL]
        return 1 + max((self._depth(parent) for parent in parents), default=0)

    def _priority(self, group: str) -> int:
        value = self.group_variables(group).get("ansible_group_priority")
        return int(value.value) if isinstance(value, Text) and value.value.isdecimal() else 1


def vaults(variables: Variables) -> Iterator[Vaulted]:
    """Whole files among the variables that are encrypted."""
    yield from (v for name, v in variables.items() if isinstance(v, Vaulted) and name == v.mark.path)
