"""Passwords that an Ansible inventory holds or refers to, fetched when a device needs them."""

from __future__ import annotations

from pathlib import Path

from remediate.errors import SecretError
from remediate.files.ansible.read import read_tree
from remediate.files.ansible.tree import Tree
from remediate.files.ansible.values import Opener, Values


def place_of_secret(inventory: str, host: str, variable: str) -> str:
    """Where a password lies: the name of a `SecretRef` whose source is `ansible`; `inventory` is a file."""
    return f"{inventory}#{host}#{variable}"


class AnsibleSecrets:
    """Each inventory is read once."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._trees: dict[str, Tree] = {}

    def fetch(self, place: str) -> str:
        """The value. Raises InputError naming the place."""
        path, host, variable = _parts(place)
        if path not in self._trees:
            self._trees[path] = read_tree(Path(path))
        value = Values.of_host(self._trees[path], host, {}, self._opener).needed(variable)
        if value is None:
            raise SecretError(f"{variable} is not set for {host}", path=path)
        return value


def _parts(place: str) -> tuple[str, str, str]:
    match place.rsplit("#", 2):
        case [path, host, variable] if path:
            return path, host, variable
    raise SecretError("which variable of which host?", path=place, hint="write {ansible: INVENTORY#HOST#VARIABLE}")
