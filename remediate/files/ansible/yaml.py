"""The YAML form: groups with `hosts`, `children` and `vars`."""

from __future__ import annotations

from remediate.errors import InventoryError
from remediate.files.ansible.ranges import expanded
from remediate.files.ansible.tree import Tree
from remediate.files.ansible.variables import Variables
from remediate.files.convert import Reader
from remediate.files.yaml import Node, Text

KEYS = ("hosts", "children", "vars")
read = Reader(InventoryError)


def fill_from_yaml(tree: Tree, groups: Variables) -> None:
    """Put the groups of a parsed file into the tree. Raises InventoryError with the line."""
    for name, node in groups.items():
        _group(tree, name, node)


def _group(tree: Tree, name: str, node: Node) -> None:
    group = tree.group(name)
    for key, value in _items(node):
        if key.value == "vars":
            group.variables |= {k.value: v for k, v in _items(value)}
        elif key.value == "hosts":
            _hosts(tree, name, value)
        elif key.value == "children":
            for child, below in _items(value):
                group.children.append(child.value)
                _group(tree, child.value, below)
        else:
            raise read.fail(key.mark, f"unknown key {key.value!r} in group {name}", f"one of: {', '.join(KEYS)}")


def _hosts(tree: Tree, group: str, node: Node) -> None:
    for pattern, value in _items(node):
        variables: Variables = {k.value: v for k, v in _items(value)}
        for host in expanded(pattern.value, pattern.mark):
            tree.add_host(group, host, variables)


def _items(node: Node) -> tuple[tuple[Text, Node], ...]:
    """Nothing after a colon is an empty mapping."""
    if isinstance(node, Text) and node.value in ("", "null", "~"):
        return ()
    return read.mapping(node).items
