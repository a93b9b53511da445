"""The INI form: `[group]`, `[group:children]`, `[group:vars]`, host lines with `key=value`."""

from __future__ import annotations

import ast
import re
import shlex

from remediate.errors import InventoryError
from remediate.files.ansible.ranges import expanded
from remediate.files.ansible.tree import UNGROUPED, Tree
from remediate.files.ansible.variables import Variables
from remediate.files.yaml import Mark, Text

_SECTION = re.compile(r"\[([^\]:]+)(?::(\w+))?\]\s*(?:[#;].*)?")
_VARIABLE = re.compile(r"([^=\s]+)\s*=\s*(.*)")
_PORT = re.compile(r"(.*\]|[^:\[\]]+):(\d+)")
KINDS = (None, "hosts", "children", "vars")


def fill_from_ini(tree: Tree, text: str) -> None:
    """Put the groups and hosts of the text of `tree.path` into the tree. Raises InventoryError with the line."""
    group, kind = UNGROUPED, "hosts"
    for number, raw in enumerate(text.splitlines(), 1):
        mark, line = Mark(str(tree.path), number, 1), raw.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and (section := _SECTION.fullmatch(line)):
            if section[2] not in KINDS:
                raise mark.error(InventoryError, f"unknown section :{section[2]}", "one of: children, vars")
            group, kind = section[1].strip(), section[2] or "hosts"
            tree.group(group)
        elif kind == "hosts":
            _hosts(tree, group, line, mark)
        elif kind == "children":
            child = line.split("#")[0].strip()
            tree.group(group).children.append(tree.group(child).name)
        else:
            name, value = _variable(line, mark)
            tree.group(group).variables[name] = Text(_value(value), mark)


def _hosts(tree: Tree, group: str, line: str, mark: Mark) -> None:
    try:
        first, *words = shlex.split(line, comments=True)
    except ValueError as error:
        raise mark.error(
            InventoryError, f"not a host line: {error}", "NAME key=value key='value with blanks'"
        ) from error
    variables: Variables = {}
    for word in words:
        name, value = _variable(word, mark)
        variables[name] = Text(value, mark)
    port = _PORT.fullmatch(first)
    if port:
        variables.setdefault("ansible_port", Text(port[2], mark))
    for host in expanded(port[1] if port else first, mark):
        tree.add_host(group, host, variables)


def _variable(text: str, mark: Mark) -> tuple[str, str]:
    found = _VARIABLE.fullmatch(text)
    if found is None:
        raise mark.error(InventoryError, f"not a variable: {text.split('=', maxsplit=1)[0]!r}", "NAME=VALUE")
    return found[1], found[2].strip()


def _value(text: str) -> str:
    """A literal string is unquoted, as Ansible does; the rest stands as written, even a comment."""
    if text[:1] in "'\"":
        try:
            literal = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return text
        return literal if isinstance(literal, str) else text
    return text
